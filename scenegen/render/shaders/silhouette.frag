#include "seen.glsl"
uniform uvec4 u_bits;
layout(location = 0) out uvec4 o_bits;

void main() {
    keep(seen_point());
    o_bits = u_bits;
}
