"""What the emoji base learns from: emoji sets, sprites, scenes."""
