// What a surface is made of, for shaders/light.frag to light. NORMAL: it has a normal map.
#include "octahedron.glsl"
#include "made_of.glsl"
in vec3 v_position;
in vec3 v_normal;
in vec2 v_uv;
in vec3 v_color;

#ifdef NORMAL
uniform sampler2D u_normal;
#endif
layout(location = 0) out vec4 o_base;    // √ base color, metallic
layout(location = 1) out vec4 o_normal;  // octahedral normal toward the camera, roughness, occlusion
layout(location = 2) out uint o_part;
uniform int u_part;  // every mesh of the picture has a number of its own

#ifdef NORMAL
// Perturbed by the normal map in a frame built from derivatives (Schüler 2013)
vec3 mapped_normal(vec3 n, vec2 uv) {
    vec3 dx = dFdx(v_position), dy = dFdy(v_position);
    vec2 ux = dFdx(uv), uy = dFdy(uv);
    vec3 px = cross(dy, n), py = cross(n, dx);
    vec3 tangent = px * ux.x + py * uy.x;
    vec3 bitangent = px * ux.y + py * uy.y;
    float size = max(dot(tangent, tangent), dot(bitangent, bitangent));
    if (size <= 0.0) return n;
    float side = dot(cross(dx, dy), n) < 0.0 ? -1.0 : 1.0;
    vec2 t = texture(u_normal, uv).xy * 2.0 - 1.0;
    float up = sqrt(max(1.0 - dot(t, t), 0.0));
    return normalize((tangent * t.x + bitangent * t.y) * (side * inversesqrt(size)) + n * up);
}
#endif

// Wider where the normal turns within a pixel (Tokuyoshi and Kaplanyan 2019)
float filtered(float roughness, vec3 n) {
    vec3 dx = dFdx(n), dy = dFdy(n);
    float variance = 0.25 * (dot(dx, dx) + dot(dy, dy));
    float alpha = roughness * roughness;
    return pow(clamp(alpha * alpha + min(2.0 * variance, 0.18), 1e-6, 1.0), 0.25);
}

void main() {
    vec2 uv = v_uv * u_uv_scale;
    vec3 base = base_of(uv, v_color), orm = orm_of(uv);
    vec3 n = normalize(gl_FrontFacing ? v_normal : -v_normal);
#ifdef NORMAL
    n = mapped_normal(n, uv);
#endif
    float roughness = filtered(clamp(orm.g, 0.045, 1.0), n);
    o_base = vec4(sqrt(clamp(base, 0.0, 1.0)), clamp(orm.b, 0.0, 1.0));
    o_normal = vec4(folded(n), roughness, orm.r);
    o_part = uint(u_part);
}
