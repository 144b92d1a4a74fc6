// Memory of the program's larger objects begins on a cache line. The engines' kernels read rows of
// vectors as wide as one, and malloc's own alignment of 16 bytes makes every such access touch two
// lines: `volley bench train` measures a fifth to a third fewer samples without this file. The largest
// objects ask for huge pages: rows of batches are walked through from end to end, and translating
// their addresses costs more than reading them, on virtual machines above all. Linked into the
// program alone, never into the libraries; not under the sanitizers, which have their own.
#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)

#include <sys/mman.h>

#include <cstdlib>
#include <new>

namespace {
constexpr std::size_t line = 64, smallest = 256;
constexpr std::size_t huge_page = std::size_t{2} << 20, smallest_huge = 2 * huge_page;

void* allocate_aligned(std::size_t size) {
  if (size > static_cast<std::size_t>(-1) - huge_page) return nullptr;
  if (size < smallest) return std::malloc(size == 0 ? 1 : size);
  if (size < smallest_huge) return std::aligned_alloc(line, (size + line - 1) / line * line);
  void* memory = std::aligned_alloc(huge_page, (size + line - 1) / line * line);
  // Whole pages only, so that no object takes more memory than before; a refusal changes nothing.
  if (memory != nullptr) (void)::madvise(memory, size / huge_page * huge_page, MADV_HUGEPAGE);
  return memory;
}

void* allocate(std::size_t size) {
  for (;;) {
    void* memory = allocate_aligned(size);
    if (memory != nullptr) return memory;
    const std::new_handler handler = std::get_new_handler();
    if (handler == nullptr) throw std::bad_alloc();
    handler();
  }
}
}  // namespace

void* operator new(std::size_t size) { return allocate(size); }
void* operator new[](std::size_t size) { return allocate(size); }
void operator delete(void* memory) noexcept { std::free(memory); }
void operator delete[](void* memory) noexcept { std::free(memory); }
void operator delete(void* memory, std::size_t) noexcept { std::free(memory); }
void operator delete[](void* memory, std::size_t) noexcept { std::free(memory); }

#endif  // no sanitizer
