// SPDX-License-Identifier: Apache-2.0
#include "src/io/errno_status.h"

#include <cerrno>
#include <cstring>
#include <string>

namespace tidemark::io {
namespace {

struct Meaning {
  StatusCode code;
  std::string_view advice;
};

Meaning MeaningOf(int error) {
  switch (error) {
    // The block layer reports a bad medium, a lost path and a failed checksum each by its own name.
    case EIO:
    case EUCLEAN:  // The file system's own structures are damaged.
    case EBADMSG:
    case ENODATA:
    case EILSEQ:
    case EREMOTEIO:
    case ENOLINK:
    case ENODEV:
    case ENXIO:
    case EBADE:
    case ETIMEDOUT:
    case ESHUTDOWN:
    case ESTALE:
      return {StatusCode::kDataLoss,
              "the device or its file system failed: look at the kernel's log, stop and repair"};
    case ENOSPC:
      return {StatusCode::kResourceExhausted, "free space on this file system"};
    case EDQUOT:
      return {StatusCode::kResourceExhausted, "free space or raise the quota"};
    case EFBIG:
      return {StatusCode::kResourceExhausted,
              "the file system or RLIMIT_FSIZE allows no file so large: raise the limit"};
    case EMFILE:
      return {StatusCode::kResourceExhausted, "raise RLIMIT_NOFILE of this process"};
    case ENFILE:
      return {StatusCode::kResourceExhausted, "raise fs.file-max of this computer"};
    case EMLINK:
      return {StatusCode::kResourceExhausted, "the directory holds too many directories"};
    case ENOMEM:
    case ENOBUFS:
      return {StatusCode::kResourceExhausted, "the kernel is out of memory: free some"};
    case ENOLCK:
      return {StatusCode::kResourceExhausted, "the kernel is out of locks: try again"};
    case ENOENT:
    case ENOTDIR:
      return {StatusCode::kNotFound, "check the path"};
    case EROFS:
      return {StatusCode::kFailedPrecondition,
              "mount it writable (an error may have made it read-only: see the kernel's log)"};
    case EACCES:
    case EPERM:
      return {StatusCode::kFailedPrecondition, "give this process the permission"};
    case EEXIST:
      return {StatusCode::kFailedPrecondition, "the name is taken: remove or rename that file"};
    case ENOTEMPTY:
      return {StatusCode::kFailedPrecondition, "empty the directory first"};
    case EISDIR:
      return {StatusCode::kFailedPrecondition, "a directory stands where a file should"};
    case EBADF:
      return {StatusCode::kFailedPrecondition, "open the file with the access this needs"};
    case ELOOP:
      return {StatusCode::kFailedPrecondition, "break the circle of symbolic links"};
    case EXDEV:
      return {StatusCode::kFailedPrecondition, "keep the store on one file system"};
    case EINVAL:
    case EFAULT:
    case ENAMETOOLONG:
      return {StatusCode::kInvalidArgument, "fix the call"};
    case EAGAIN:
    case EBUSY:
    case ETXTBSY:
    case EINTR:
      return {StatusCode::kUnavailable, "try again"};
    case ECANCELED:
      return {StatusCode::kUnavailable, "what it was linked to did not succeed in full"};
    default:
      return {StatusCode::kFailedPrecondition, "this computer does not support it here"};
  }
}

Status Compose(int error, std::string_view what) {
  const Meaning meaning = MeaningOf(error);
  const char* name = strerrorname_np(error);
  const char* description = strerrordesc_np(error);
  return Status(meaning.code,
                Format("{}: {} ({}); {}", what, description ? description : "unknown error",
                       name ? name : std::to_string(error), meaning.advice));
}

}  // namespace

Status SystemError(int error, std::string_view call, std::string_view path) {
  return Compose(error, Format("{}: {}", path, call));
}

Status SystemError(int error, std::string_view call, std::string_view path, std::uint64_t offset,
                   std::size_t size) {
  return Compose(error, Format("{}: {} of {} bytes at {}", path, call, size, offset));
}

}  // namespace tidemark::io
