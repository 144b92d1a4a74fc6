// Ctrl-C: the first asks to stop in good order, the second ends the program at once. Owns the
// signal handlers; must not know what is stopped.
#pragma once

namespace volley {

/// From now on SIGINT and SIGTERM are noted instead of deadly, once; the first is answered by a line
/// on standard error, but not by one rank of several: mpirun passes on SIGTERM.
void catch_interrupts();
bool interrupted();
/// 130 after Ctrl-C, 143 after SIGTERM, as shells expect; 0 where nothing came.
int interrupt_exit_code();

}  // namespace volley
