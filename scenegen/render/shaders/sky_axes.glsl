// Directions spread evenly over the sphere: PAIRS above the horizon (Fibonacci lattice), then their
// mirror images below. sky.py knows the same ones.
struct Axis {
    vec3 right, up, toward;
};

Axis framed(vec3 toward) {
    vec3 right = vec3(-toward.y, toward.x, 0.0) * inversesqrt(1.0 - toward.z * toward.z);
    return Axis(right, cross(toward, right), toward);
}

Axis axis_at(int i) {
    float z = 1.0 - (float(i) + 0.5) / float(PAIRS);
    float turn = 2.399963229728653 * float(i);
    return framed(vec3(sqrt(1.0 - z * z) * vec2(cos(turn), sin(turn)), z));
}

Axis mirrored(Axis axis) {
    return framed(axis.toward * vec3(1, 1, -1));
}
