// The labels' own picture: unit normal (xyz) and depth along the axis (w), camera frame.
uniform sampler2D u_surface;
uniform mat3 u_ray_from_pixel;  // K⁻¹

vec3 position_at(ivec2 pixel, float depth) {
    return depth * (u_ray_from_pixel * vec3(vec2(pixel), 1.0));
}

// A rotation that differs within each 4×4 block of pixels, so that a 4×4 blur averages sixteen
float block_angle(ivec2 pixel) {
    const int order[16] = int[16](0, 8, 2, 10, 12, 4, 14, 6, 3, 11, 1, 9, 15, 7, 13, 5);
    return 6.28318530718 * (float(order[(pixel.y & 3) * 4 + (pixel.x & 3)]) + 0.5) / 16.0;
}
