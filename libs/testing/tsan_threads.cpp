// For the tsan preset only. librdkafka makes its threads by C11's thrd_create, which TSan does not know: such a thread
// crashes in TSan's allocator. Here it becomes pthread_create, which TSan does know.
#include <pthread.h>
#include <threads.h>

#include <cstdint>
#include <memory>

namespace {
struct begun {
  thrd_start_t function;
  void* argument;
};

void* run(void* given) {
  const std::unique_ptr<begun> b(static_cast<begun*>(given));
  return reinterpret_cast<void*>(static_cast<std::intptr_t>(b->function(b->argument)));
}
} // namespace

extern "C" int thrd_create(thrd_t* thread, thrd_start_t function, void* argument) {
  return pthread_create(thread, nullptr, run, new begun{function, argument}) == 0 ? thrd_success : thrd_error;
}

extern "C" int thrd_join(thrd_t thread, int* result) {
  void* returned = nullptr;
  if (pthread_join(thread, &returned) != 0)
    return thrd_error;
  if (result != nullptr)
    *result = static_cast<int>(reinterpret_cast<std::intptr_t>(returned));
  return thrd_success;
}
