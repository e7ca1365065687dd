// The part of the smooth light that reaches a pixel, per color; a = the same in grey.
// World directions; positions in the ball around all casters: centre 0, radius 1.
#include "surface.glsl"
#include "sky_axes.glsl"
uniform sampler2D u_atlas;
uniform vec3 u_weights[2 * PAIRS];  // light from around each axis
uniform mat4 u_ball_from_camera;
uniform mat3 u_world_from_camera;
uniform bool u_has_floor;
uniform float u_floor;              // its height in the ball
uniform int u_step;                 // pixels of the labels' picture to one of this
layout(location = 0) out vec4 o_part;

float clear(Axis axis, int tile, vec3 position, vec2 jitter) {
    vec2 at = 0.5 + 0.5 * vec2(dot(axis.right, position), dot(axis.up, position)) + jitter;
    if (any(lessThan(at, vec2(0))) || any(greaterThanEqual(at, vec2(1)))) return 1.0;
    ivec2 texel = ivec2(tile % GRID, tile / GRID) * TILE + ivec2(at * float(TILE));
    float depth = max(0.5 + 0.5 * dot(axis.toward, position), 0.0);  // 0 in the map: nothing
    return texelFetch(u_atlas, texel, 0).r > depth ? 0.0 : 1.0;
}

void main() {
    ivec2 pixel = ivec2(gl_FragCoord.xy) * u_step;
    vec4 surface = texelFetch(u_surface, pixel, 0);
    if (surface.w <= 0.0) {
        o_part = vec4(1);
        return;
    }
    float bias = 3.0 / float(TILE);
    vec3 normal = u_world_from_camera * surface.xyz;
    vec3 position = (u_ball_from_camera * vec4(position_at(pixel, surface.w), 1.0)).xyz + bias * normal;
    float angle = block_angle(ivec2(gl_FragCoord.xy));
    vec2 moved = vec2(cos(angle), sin(angle)) * (JITTER / float(TILE));
    vec3 all = vec3(1e-6), part = vec3(1e-6);
    for (int i = 0; i < PAIRS; i++) {
        Axis axis = axis_at(i);
        vec3 light = u_weights[i] * max(dot(normal, axis.toward), 0.0);
        all += light;
        part += light * clear(axis, i, position, (i & 1) == 0 ? moved : moved.yx);
    }
    int below = normal.z > 0.999 ? 0 : PAIRS;  // a level surface sees nothing below
    Axis before = axis_at(PAIRS - 1);
    for (int i = 0; i < below; i++) {
        vec2 jitter = (i & 1) == 0 ? moved : moved.yx;
        Axis above = axis_at(i), axis = mirrored(above);
        vec3 light = u_weights[PAIRS + i] * max(dot(normal, axis.toward), 0.0);
        float seen = clear(axis, PAIRS + i, position, jitter);
        if (u_has_floor) {  // the ray ends on the floor: is that spot lit?
            vec3 spot = position + axis.toward * (max(position.z - u_floor, 0.0) / above.toward.z);
            spot.z = u_floor + bias;
            seen *= clear(before, (i + PAIRS - 1) % PAIRS, spot, jitter);
        }
        all += light;
        part += light * seen;
        before = above;
    }
    vec3 ratio = part / all;
    o_part = vec4(ratio, dot(ratio, vec3(0.2126, 0.7152, 0.0722)));
}
