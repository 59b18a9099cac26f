"""What tenants own: images, shifts, pictures, and the objects in the store that hold them."""
