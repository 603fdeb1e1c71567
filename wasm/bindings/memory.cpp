// How much of the heap is in use.
#include <emscripten/bind.h>
#include <malloc.h>

EMSCRIPTEN_BINDINGS(memory) {
  // By all handles together: what is not back where it was has not been deleted.
  emscripten::function(
      "bytesInUse", +[] { return static_cast<double>(mallinfo().uordblks); });
}
