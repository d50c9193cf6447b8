// SPDX-License-Identifier: Apache-2.0
#pragma once

// Clang's thread-safety analysis; nothing for other compilers.
#if defined(__clang__)
#define TM_ANNOTATE(x) __attribute__((x))
#else
#define TM_ANNOTATE(x)
#endif

// Abseil's containers bring macros of these names.
#undef GUARDED_BY
#undef PT_GUARDED_BY
#undef NO_THREAD_SAFETY_ANALYSIS

#define CAPABILITY(name) TM_ANNOTATE(capability(name))
#define SCOPED_CAPABILITY TM_ANNOTATE(scoped_lockable)
#define GUARDED_BY(mutex) TM_ANNOTATE(guarded_by(mutex))
#define PT_GUARDED_BY(mutex) TM_ANNOTATE(pt_guarded_by(mutex))
#define REQUIRES(...) TM_ANNOTATE(requires_capability(__VA_ARGS__))
#define EXCLUDES(...) TM_ANNOTATE(locks_excluded(__VA_ARGS__))
#define ACQUIRE(...) TM_ANNOTATE(acquire_capability(__VA_ARGS__))
#define RELEASE(...) TM_ANNOTATE(release_capability(__VA_ARGS__))
#define TRY_ACQUIRE(...) TM_ANNOTATE(try_acquire_capability(__VA_ARGS__))
#define RETURN_CAPABILITY(mutex) TM_ANNOTATE(lock_returned(mutex))
#define NO_THREAD_SAFETY_ANALYSIS TM_ANNOTATE(no_thread_safety_analysis)
