// The part of the smooth light that reaches a pixel, per color; a = the same in grey.
#include "surface.glsl"
uniform sampler2D u_atlas;
uniform vec4 u_rows[3 * COUNT];   // tile from camera
uniform vec3 u_axes[COUNT];       // camera frame
uniform vec3 u_weights[COUNT];    // light from around each axis
uniform vec4 u_floor;             // plane in the camera frame: normal up, distance; 0 = no floor
uniform float u_texel;            // metres
uniform int u_step;               // pixels of the labels' picture to one of this
layout(location = 0) out vec4 o_part;

float clear(int i, vec3 position, vec2 jitter) {
    vec4 p = vec4(position, 1.0);
    vec2 xy = vec2(dot(u_rows[3 * i], p), dot(u_rows[3 * i + 1], p));
    vec2 tile = 0.5 + 0.5 * xy + jitter;
    if (tile.x <= 0.0 || tile.y <= 0.0 || tile.x >= 1.0 || tile.y >= 1.0) return 1.0;
    ivec2 texel = ivec2(i % GRID, i / GRID) * TILE + ivec2(tile * float(TILE));
    float depth = texelFetch(u_atlas, texel, 0).r;
    return depth > dot(u_rows[3 * i + 2], p) ? 0.0 : 1.0;
}

void main() {
    ivec2 pixel = ivec2(gl_FragCoord.xy) * u_step;
    vec4 surface = texelFetch(u_surface, pixel, 0);
    if (surface.w <= 0.0) {
        o_part = vec4(1);
        return;
    }
    vec3 normal = surface.xyz;
    vec3 position = position_at(pixel, surface.w) + normal * (1.5 * u_texel);
    float angle = block_angle(ivec2(gl_FragCoord.xy));
    vec2 moved = vec2(cos(angle), sin(angle)) * (JITTER / float(TILE));
    float height = dot(u_floor.xyz, position) + u_floor.w;
    vec3 all = vec3(1e-6), part = vec3(1e-6);
    for (int i = 0; i < COUNT; i++) {
        float cosine = dot(normal, u_axes[i]);
        if (cosine <= 0.0) continue;
        vec2 jitter = (i & 1) == 0 ? moved : moved.yx;
        float seen = clear(i, position, jitter);
        float fall = -dot(u_floor.xyz, u_axes[i]);
        if (fall > 0.0 && seen > 0.0) {  // the ray ends on the floor: is that spot lit?
            vec3 spot = position + u_axes[i] * (max(height, 0.0) / fall) + u_floor.xyz * (1.5 * u_texel);
            seen = clear((i * 7) % (COUNT / 2), spot, jitter);
        }
        all += u_weights[i] * cosine;
        part += u_weights[i] * cosine * seen;
    }
    vec3 ratio = part / all;
    o_part = vec4(ratio, dot(ratio, vec3(0.2126, 0.7152, 0.0722)));
}
