#include "runtime/rpc/grpc_types.h"

#include <grpcpp/support/proto_buffer_reader.h>
#include <grpcpp/support/slice.h>

namespace tierline::rpc {
namespace {

std::string_view View(const grpc::Slice& slice) {
  return {reinterpret_cast<const char*>(slice.begin()), slice.size()};
}

}  // namespace

grpc::ByteBuffer ToBuffer(const google::protobuf::MessageLite& message) {
  grpc::Slice slice(message.ByteSizeLong());
  message.SerializeWithCachedSizesToArray(const_cast<uint8_t*>(slice.begin()));
  return grpc::ByteBuffer(&slice, 1);
}

grpc::ByteBuffer ToBuffer(std::string_view bytes) {
  const grpc::Slice slice(bytes.data(), bytes.size());
  return grpc::ByteBuffer(&slice, 1);
}

bool FromBuffer(const grpc::ByteBuffer& buffer, google::protobuf::MessageLite* message) {
  grpc::Slice slice;
  if (buffer.TrySingleSlice(&slice).ok()) {
    return message->ParseFromArray(slice.begin(), static_cast<int>(slice.size()));
  }
  if (!buffer.Valid()) return false;
  grpc::ProtoBufferReader reader(const_cast<grpc::ByteBuffer*>(&buffer));
  return reader.status().ok() && message->ParseFromZeroCopyStream(&reader);
}

std::string_view Flatten(const grpc::ByteBuffer& buffer, grpc::Slice* storage) {
  if (!buffer.Valid()) return {};
  if (!buffer.TrySingleSlice(storage).ok() && !buffer.DumpToSingleSlice(storage).ok()) return {};
  return View(*storage);
}

gpr_timespec ToGprTime(absl::Time time) {
  if (time == absl::InfiniteFuture()) return gpr_inf_future(GPR_CLOCK_REALTIME);
  if (time == absl::InfinitePast()) return gpr_inf_past(GPR_CLOCK_REALTIME);
  const timespec spec = absl::ToTimespec(time);
  return {.tv_sec = spec.tv_sec,
          .tv_nsec = static_cast<int32_t>(spec.tv_nsec),
          .clock_type = GPR_CLOCK_REALTIME};
}

}  // namespace tierline::rpc
