// Whom each sample of a pixel sees, for shaders/blend.frag to compare with the labels' picture.
in vec3 v_normal;
uniform int u_part;
layout(location = 0) out vec4 o_seen;  // normal toward the camera (0.5 is zero), number of the part modulo 256

void main() {
    vec3 n = normalize(gl_FrontFacing ? v_normal : -v_normal);
    o_seen = vec4(0.5 + 0.5 * n, float(u_part & 255) / 255.0);
}
