// What a surface is made of, for shaders/light.frag to light.
// BASE, ORM, NORMAL: it has such a texture (not uniforms: software drivers run both sides of an if).
#include "octahedron.glsl"
in vec3 v_position;
in vec3 v_normal;
in vec2 v_uv;
in vec3 v_color;

uniform vec3 u_base_factor;
uniform vec3 u_orm_scale;
uniform vec3 u_orm_bias;
uniform float u_uv_scale;
#ifdef BASE
uniform sampler2D u_base;
#endif
#ifdef ORM
uniform sampler2D u_orm;
#endif
#ifdef NORMAL
uniform sampler2D u_normal;
#endif
layout(location = 0) out vec4 o_base;    // √ base color, metallic
layout(location = 1) out vec4 o_normal;  // octahedral normal toward the camera, roughness, occlusion

#ifdef BASE
// Two look-ups along the longer side of a pixel's footprint, for surfaces seen at a grazing angle: the
// same on every driver, and far faster than the anisotropic filter of a software one
vec3 base_color(vec2 uv) {
    vec2 size = vec2(textureSize(u_base, 0)), dx = dFdx(uv), dy = dFdy(uv);
    float x = length(dx * size), y = length(dy * size);
    vec2 side = 0.25 * (x > y ? dx : dy);
    float lod = log2(max(max(min(x, y), 0.5 * max(x, y)), 1e-6));
    return 0.5 * (textureLod(u_base, uv - side, lod).rgb + textureLod(u_base, uv + side, lod).rgb);
}
#endif

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
    vec3 t = texture(u_normal, uv).xyz * 2.0 - 1.0;
    return normalize((tangent * t.x + bitangent * t.y) * (side * inversesqrt(size)) + n * t.z);
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
    vec3 base = u_base_factor * v_color;
    vec3 orm = u_orm_bias;
    vec3 n = normalize(gl_FrontFacing ? v_normal : -v_normal);
#ifdef BASE
    base *= base_color(uv);
#endif
#ifdef ORM
    orm += u_orm_scale * texture(u_orm, uv).rgb;
#endif
#ifdef NORMAL
    n = mapped_normal(n, uv);
#endif
    float roughness = filtered(clamp(orm.g, 0.045, 1.0), n);
    o_base = vec4(sqrt(clamp(base, 0.0, 1.0)), clamp(orm.b, 0.0, 1.0));
    o_normal = vec4(folded(n), roughness, orm.r);
}
