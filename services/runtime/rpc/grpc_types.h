#pragma once

#include <grpc/support/time.h>
#include <grpcpp/support/byte_buffer.h>

#include <string_view>

#include "absl/time/time.h"
#include "google/protobuf/message_lite.h"

// Between gRPC's types and ours. For the sources of this room only: it includes gRPC.

namespace tierline::rpc {

// One slice, written in place.
grpc::ByteBuffer ToBuffer(const google::protobuf::MessageLite& message);
grpc::ByteBuffer ToBuffer(std::string_view bytes);

// Parses in place, however many slices there are. False: not such a message.
bool FromBuffer(const grpc::ByteBuffer& buffer, google::protobuf::MessageLite* message);

// The bytes as one piece, which `storage` keeps alive; copied only when they are several slices.
std::string_view Flatten(const grpc::ByteBuffer& buffer, grpc::Slice* storage);

gpr_timespec ToGprTime(absl::Time time);

}  // namespace tierline::rpc
