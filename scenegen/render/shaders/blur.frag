// Averages four pixels in a row or a column over the surface the pixel lies on: once each way, that
// is a 4×4 block. SECOND: there is a second picture.
#include "surface.glsl"
uniform sampler2D u_first;
#ifdef SECOND
uniform sampler2D u_second;
#endif
uniform ivec2 u_way;
uniform int u_step;
layout(location = 0) out vec4 o_first;
#ifdef SECOND
layout(location = 1) out vec4 o_second;
#endif

void main() {
    ivec2 here = ivec2(gl_FragCoord.xy);
    vec4 surface = texelFetch(u_surface, here * u_step, 0);
    ivec2 last = textureSize(u_first, 0) - 1;
    float tolerance = 0.02 * surface.w;
    vec4 first = vec4(0);
#ifdef SECOND
    vec4 second = vec4(0);
#endif
    float total = 0.0;
    for (int i = -2; i < 2; i++) {
        ivec2 there = clamp(here + i * u_way, ivec2(0), last);
        vec4 other = texelFetch(u_surface, there * u_step, 0);
        float same = max(dot(other.xyz, surface.xyz), 0.0);
        float weight = abs(other.w - surface.w) < tolerance ? same * same + 1e-3 : 1e-4;
        first += weight * texelFetch(u_first, there, 0);
#ifdef SECOND
        second += weight * texelFetch(u_second, there, 0);
#endif
        total += weight;
    }
    o_first = first / total;
#ifdef SECOND
    o_second = second / total;
#endif
}
