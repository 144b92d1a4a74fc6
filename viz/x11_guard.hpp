// Keeps a lost display from ending the program. Xlib calls exit() when its connection breaks; a
// training run must outlive the window. The only file that includes Xlib.
#pragma once

#include <functional>
#include <string>

namespace volley {

/// Empty where a window can be opened, else one sentence on why not. Opens and closes a connection
/// of its own, because SFML aborts the program where it can open none.
std::string display_problem();

/// How much larger than usual text and spacing should be, by the dots per inch that the desktop has
/// set (Xft.dpi, 96 is usual) or else the screen states; 1 where neither makes sense. Call it only
/// where display_problem() is empty.
double display_scale();

/// From here on, should the display break while the calling thread talks to it, `lost` is called on
/// this thread, which then sleeps for ever: Xlib's error handler must not return, and nothing that
/// the thread holds of Xlib or OpenGL may be touched again. Whoever started the thread must detach
/// it. Other threads keep the handlers that were there before. After a loss display_problem() says
/// so: a second window cannot be opened in this process, since SFML shares one connection.
void guard_display(std::function<void()> lost);

/// Ends the guard of the calling thread.
void unguard_display();

/// Call once SFML has read its first events, and again after the first frame. SFML keeps a
/// connection until the program exits and talks to it in a static destructor. Where the display has
/// gone that would hang, or end the program with Xlib's own status; and it would pull the ground
/// from under a window that is still open. From then on exit() in such a state flushes the streams
/// and ends with the status that was asked for, without the static destructors of what was made
/// before the window. Exit handlers run last first: each call puts ours ahead of those that SFML
/// and OpenGL have registered until then.
void guard_exit();

/// Treats a display that no longer answers as lost.
void give_up_display();

}  // namespace volley
