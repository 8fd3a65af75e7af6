// What a Wayland compositor says of its input devices, before SDL is let near it.
#pragma once

namespace flux::render {

/// Whether there is a compositor that has no seat: no keyboard, mouse or touch screen, as on a wall
/// of screens that nobody touches. False where there is no compositor, no libwayland-client, or a
/// connection that only one may take (WAYLAND_SOCKET).
bool waylandLacksSeat();

}  // namespace flux::render
