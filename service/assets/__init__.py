"""What tenants own: images, shifts, generated pictures, and the objects in the store that hold them."""
