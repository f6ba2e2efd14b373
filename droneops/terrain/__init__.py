"""The ground's height from files: SRTM tiles, GeoTIFF, the vehicle's reports. Opens files; geo/ does not."""
