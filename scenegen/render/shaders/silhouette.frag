uniform uvec4 u_bits;
layout(location = 0) out uvec4 o_bits;

void main() {
    o_bits = u_bits;
}
