// Averages a 4×4 block around each pixel over the surface the pixel lies on.
#include "surface.glsl"
uniform sampler2D u_first;
uniform sampler2D u_second;
uniform int u_step;
layout(location = 0) out vec4 o_first;
layout(location = 1) out vec4 o_second;

void main() {
    ivec2 here = ivec2(gl_FragCoord.xy);
    vec4 surface = texelFetch(u_surface, here * u_step, 0);
    ivec2 last = textureSize(u_first, 0) - 1;
    float tolerance = 0.02 * surface.w;
    vec4 first = vec4(0), second = vec4(0);
    float total = 0.0;
    for (int y = -2; y < 2; y++) {
        for (int x = -2; x < 2; x++) {
            ivec2 there = clamp(here + ivec2(x, y), ivec2(0), last);
            vec4 other = texelFetch(u_surface, there * u_step, 0);
            float same = max(dot(other.xyz, surface.xyz), 0.0);
            float weight = abs(other.w - surface.w) < tolerance ? same * same + 1e-3 : 1e-4;
            first += weight * texelFetch(u_first, there, 0);
            second += weight * texelFetch(u_second, there, 0);
            total += weight;
        }
    }
    o_first = first / total;
    o_second = second / total;
}
