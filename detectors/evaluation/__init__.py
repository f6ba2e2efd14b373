"""How well a detector does on labelled pictures: COCO's measure, by class and size, with its uncertainty."""
