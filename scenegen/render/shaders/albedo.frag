// What a surface is made of at the pixel's centre, before any light falls on it.
#include "seen.glsl"
#include "made_of.glsl"
#include "srgb.glsl"
layout(location = 0) out vec4 o_albedo;
layout(location = 1) out vec4 o_roughness_metallic;  // 0, roughness, metallic

void main() {
    Point point = seen_point();
    vec2 uv = point.uv * u_uv_scale;
    vec3 base = base_of(uv, point.color), orm = orm_of(uv);
    keep(point);
    o_albedo = vec4(srgb(clamp(base, 0.0, 1.0)), 1);
    o_roughness_metallic = vec4(0, clamp(orm.gb, 0.0, 1.0), 1);
}
