// The bare limit of durable commands on Kafka: produces records like ours with an idempotent
// producer and goes on when they are read back, without any of our protocol.
//
//   kafka_echo serve   --brokers B --port-file F            a gRPC server: one queue, one thread
//   for
//                                                           calls, one for what is read back
//   kafka_echo produce --brokers B --in-flight N --seconds S  without gRPC; one JSON line
//                                                           {"rate":…,"p50_us":…,"p99_us":…}
//
// Each makes a topic of its own, tierline.bench.<kind>, with eight partitions. SIGTERM ends the
// server.

#include <grpcpp/grpcpp.h>
#include <grpcpp/support/async_unary_call.h>
#include <librdkafka/rdkafka.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <functional>
#include <iostream>
#include <memory>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "base/event_types.h"
#include "runtime/log/cloud_events.h"
#include "tests/bench/echo_service.h"

namespace {

using tierline::bench::EchoService;

using Clock = std::chrono::steady_clock;

constexpr int32_t kPartitions = 8;
constexpr size_t kValueBytes = 320;  // of a note's event, sealed
constexpr int kOutstanding = 256;

void Must(bool done, const char* what) {
  if (done) return;
  std::fprintf(stderr, "kafka_echo: %s failed\n", what);
  std::exit(1);
}

using Settings = std::vector<std::pair<const char*, std::string>>;

rd_kafka_t* Client(rd_kafka_type_t type, const std::string& brokers, const Settings& settings) {
  rd_kafka_conf_t* conf = rd_kafka_conf_new();
  char error[256];
  const auto set = [&](const char* name, const std::string& value) {
    Must(rd_kafka_conf_set(conf, name, value.c_str(), error, sizeof error) == RD_KAFKA_CONF_OK,
         name);
  };
  set("bootstrap.servers", brokers);
  set("socket.nagle.disable", "true");
  for (const auto& [name, value] : settings) set(name, value);
  rd_kafka_t* client = rd_kafka_new(type, conf, error, sizeof error);
  Must(client != nullptr, error);
  return client;
}

// Appends records whose value begins with a number, and hands the numbers out as they are read
// back.
class Pipe {
 public:
  Pipe(const std::string& brokers, const std::string& kind)
      : name_("tierline.bench." + kind),
        producer_(Client(RD_KAFKA_PRODUCER, brokers,
                         {{"enable.idempotence", "true"},
                          {"acks", "all"},
                          {"linger.ms", "0"},
                          {"compression.type", "lz4"},
                          {"queue.buffering.max.messages", "1000000"}})),
        consumer_(Client(RD_KAFKA_CONSUMER, brokers,
                         {{"auto.offset.reset", "error"},
                          {"fetch.wait.max.ms", "100"},
                          {"fetch.min.bytes", "1"},
                          {"queued.min.messages", "200000"}})) {
    MakeTopic();
    topic_ = rd_kafka_topic_new(producer_, name_.c_str(), nullptr);
    read_ = rd_kafka_topic_new(consumer_, name_.c_str(), nullptr);
    queue_ = rd_kafka_queue_new(consumer_);
    for (int32_t i = 0; i < kPartitions; ++i)
      Must(rd_kafka_consume_start_queue(read_, i, RD_KAFKA_OFFSET_END, queue_) == 0, "consume");
    std::this_thread::sleep_for(std::chrono::seconds(2));  // until the ends are known
  }

  void Append(uint64_t number) {
    value_.replace(0, sizeof number, reinterpret_cast<const char*>(&number), sizeof number);
    tierline::RecordView record;
    record.id = tierline::MakeUuidV7(1, ++sent_, number);
    record.type = "tierline.intake.note-added.v1";
    record.source = tierline::base::v1::SERVICE_INTAKE;
    record.subject = "0190a000-0000-8000-8000-000000000001";
    record.time_ms = 1'780'000'000'000;
    record.command = record.epoch = record.id;
    record.seq = static_cast<int64_t>(sent_);
    const tierline::log::CloudEventHeaders encoded(record);
    rd_kafka_headers_t* headers = rd_kafka_headers_new(encoded.all().size());
    for (const auto& header : encoded.all()) {
      rd_kafka_header_add(headers, header.name.data(), static_cast<ssize_t>(header.name.size()),
                          header.value.data(), static_cast<ssize_t>(header.value.size()));
    }
    Must(rd_kafka_producev(producer_, RD_KAFKA_V_RKT(topic_),
                           RD_KAFKA_V_PARTITION(static_cast<int32_t>(sent_ % kPartitions)),
                           RD_KAFKA_V_MSGFLAGS(RD_KAFKA_MSG_F_COPY),
                           RD_KAFKA_V_KEY(record.subject.data(), record.subject.size()),
                           RD_KAFKA_V_VALUE(value_.data(), value_.size()),
                           RD_KAFKA_V_HEADERS(headers),
                           RD_KAFKA_V_END) == RD_KAFKA_RESP_ERR_NO_ERROR,
         "produce");
    rd_kafka_poll(producer_, 0);
  }

  // Waits up to `wait_ms` for the first.
  template <typename Done>
  void ReadBack(int wait_ms, Done done) {
    rd_kafka_message_t* batch[512];
    const ssize_t count = rd_kafka_consume_batch_queue(queue_, wait_ms, batch, 1);
    const ssize_t more = count == 1 ? rd_kafka_consume_batch_queue(queue_, 0, batch + 1, 511) : 0;
    for (ssize_t i = 0; i < count + std::max<ssize_t>(more, 0); ++i) {
      if (batch[i]->err == RD_KAFKA_RESP_ERR_NO_ERROR && batch[i]->len == kValueBytes) {
        uint64_t number = 0;
        std::memcpy(&number, batch[i]->payload, sizeof number);
        done(number);
      }
      rd_kafka_message_destroy(batch[i]);
    }
  }

 private:
  void MakeTopic() {
    char error[256];
    rd_kafka_NewTopic_t* topic =
        rd_kafka_NewTopic_new(name_.c_str(), kPartitions, 1, error, sizeof error);
    rd_kafka_queue_t* answers = rd_kafka_queue_new(producer_);
    rd_kafka_CreateTopics(producer_, &topic, 1, nullptr, answers);
    rd_kafka_event_t* answer = rd_kafka_queue_poll(answers, 30'000);
    Must(answer != nullptr, "the brokers' answer");  // that the topic exists is as good
    rd_kafka_event_destroy(answer);
    rd_kafka_queue_destroy(answers);
    rd_kafka_NewTopic_destroy(topic);
  }

  const std::string name_;
  rd_kafka_t* const producer_;
  rd_kafka_t* const consumer_;
  rd_kafka_topic_t* topic_ = nullptr;
  rd_kafka_topic_t* read_ = nullptr;
  rd_kafka_queue_t* queue_ = nullptr;
  std::string value_ = std::string(kValueBytes, 'v');
  uint64_t sent_ = 0;
};

class Call {
 public:
  Call(EchoService* service, grpc::ServerCompletionQueue* queue, Pipe* pipe)
      : service_(service), queue_(queue), pipe_(pipe) {
    Arm();
  }

  void Complete(bool ok) {
    if (!ok) return;
    answered_ = !answered_;
    if (!answered_) return Arm();
    pipe_->Append(reinterpret_cast<uint64_t>(this));
  }
  void Answer() { writer_->Finish(bytes_, grpc::Status::OK, this); }

 private:
  void Arm() {
    writer_.reset();
    context_.emplace();
    writer_.emplace(&*context_);
    service_->RequestAsyncUnary(0, &*context_, &bytes_, &*writer_, queue_, queue_, this);
  }

  EchoService* const service_;
  grpc::ServerCompletionQueue* const queue_;
  Pipe* const pipe_;
  std::optional<grpc::ServerContext> context_;
  std::optional<grpc::ServerAsyncResponseWriter<grpc::ByteBuffer>> writer_;
  grpc::ByteBuffer bytes_;
  bool answered_ = false;
};

void Serve(const std::string& brokers, const std::string& port_file) {
  Pipe pipe(brokers, "serve");
  EchoService service;
  grpc::ServerBuilder builder;
  int port = 0;
  builder.AddListeningPort("127.0.0.1:0", grpc::InsecureServerCredentials(), &port);
  builder.RegisterService(&service);
  const std::unique_ptr<grpc::ServerCompletionQueue> queue = builder.AddCompletionQueue();
  const std::unique_ptr<grpc::Server> server = builder.BuildAndStart();
  Must(server != nullptr, "listen");
  std::ofstream(port_file + ".new") << port;
  std::rename((port_file + ".new").c_str(), port_file.c_str());
  std::thread([&pipe] {
    for (;;) {
      pipe.ReadBack(1000, [](uint64_t call) { reinterpret_cast<Call*>(call)->Answer(); });
    }
  }).detach();
  std::vector<std::unique_ptr<Call>> calls;
  for (int i = 0; i < kOutstanding; ++i)
    calls.push_back(std::make_unique<Call>(&service, queue.get(), &pipe));
  void* tag = nullptr;
  bool ok = false;
  while (queue->Next(&tag, &ok)) static_cast<Call*>(tag)->Complete(ok);
}

void Produce(const std::string& brokers, int in_flight, double seconds) {
  Pipe pipe(brokers, "produce");
  std::vector<Clock::time_point> begun(static_cast<size_t>(in_flight));
  std::vector<double> micros;
  const auto begin = Clock::now();
  const auto send = [&](uint64_t number) {
    begun[number] = Clock::now();
    pipe.Append(number);
  };
  for (int i = 0; i < in_flight; ++i) send(static_cast<uint64_t>(i));
  const auto elapsed = [&] { return std::chrono::duration<double>(Clock::now() - begin).count(); };
  while (elapsed() < seconds) {
    pipe.ReadBack(100, [&](uint64_t number) {
      micros.push_back(
          std::chrono::duration<double, std::micro>(Clock::now() - begun[number]).count());
      send(number);
    });
  }
  Must(!micros.empty(), "reading back");
  std::sort(micros.begin(), micros.end());
  const auto rank = [&](double share) {
    return micros[static_cast<size_t>(share * static_cast<double>(micros.size() - 1))];
  };
  std::printf("{\"rate\":%.1f,\"p50_us\":%.1f,\"p99_us\":%.1f}\n",
              static_cast<double>(micros.size()) / elapsed(), rank(0.5), rank(0.99));
}

}  // namespace

int main(int argc, char** argv) {
  const std::string kind = argc > 1 ? argv[1] : "";
  std::string brokers, port_file;
  int in_flight = 64;
  double seconds = 5;
  for (int i = 2; i + 1 < argc; i += 2) {
    const std::string flag = argv[i], value = argv[i + 1];
    if (flag == "--brokers") brokers = value;
    if (flag == "--port-file") port_file = value;
    if (flag == "--in-flight") in_flight = std::stoi(value);
    if (flag == "--seconds") seconds = std::stod(value);
  }
  if (kind == "serve" && !brokers.empty() && !port_file.empty()) {
    Serve(brokers, port_file);
  } else if (kind == "produce" && !brokers.empty()) {
    Produce(brokers, in_flight, seconds);
    std::fflush(stdout);
    std::_Exit(0);  // nothing to wait for
  } else {
    std::cerr << "usage: kafka_echo serve --brokers B --port-file F\n"
                 "       kafka_echo produce --brokers B [--in-flight N] [--seconds S]\n";
    return 2;
  }
}
