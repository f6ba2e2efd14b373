"""Ground targets at known positions tell what a camera file cannot know: how it hangs, and when it looks."""
