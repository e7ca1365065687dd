layout(location = 0) in vec3 a_position;
uniform mat4 u_clip_from_object;

void main() {
    gl_Position = u_clip_from_object * vec4(a_position, 1.0);
}
