// SPDX-License-Identifier: Apache-2.0
// Requests of clients and tools about routes and topics.
#include "src/base/java_text.h"
#include "src/server/nameserver/name_server.h"
#include "src/server/remoting/nameserver_headers.h"

namespace tidemark::nameserver {
namespace {

using remoting::Answer;
using remoting::Body;
using remoting::DecodeHeader;
using remoting::RequestCode;
using remoting::ResponseCode;

remoting::Command AnswerWith(const remoting::Command& request, std::string body) {
  remoting::Command answer = Answer(request, ResponseCode::kSuccess);
  answer.body = Body::Owning(std::move(body));
  return answer;
}

remoting::Command AnswerNoRoute(const remoting::Command& request, std::string_view topic) {
  return Answer(request, ResponseCode::kTopicNotExist,
                Format("No topic route info in name server for the topic: {}\nSee "
                       "https://rocketmq.apache.org/docs/bestPractice/06FAQ for further details.",
                       topic));
}

}  // namespace

Result<remoting::Command> NameServer::GetRoute(const Command& request) {
  TM_ASSIGN_OR_RETURN(const auto header, DecodeHeader<remoting::RouteRequest>(request.fields));
  std::optional<Route> route;
  {
    const auto now = clock_.Monotonic();
    MutexLock lock(mutex_);
    const bool ready = served_ || now - started_ >= settings_.wait_for_service;
    if (settings_.need_wait_for_service && !ready) {
      return Answer(request, ResponseCode::kSystemError, "name server not ready");
    }
    route = routes_.Find(header.topic, settings_.support_acting_master);
    if (route.has_value()) {
      served_ = true;
      if (settings_.order_message_enable) {
        route->order = kv_config_.Find(kOrderNamespace, header.topic);
      }
    }
  }
  if (!route.has_value()) return AnswerNoRoute(request, header.topic);
  const bool standard =
      request.version >= remoting::kVersion4_9_4 || header.standard_json_only.value_or(false);
  if (!header.zone_mode || JavaIsBlank(header.zone_name)) {
    return AnswerWith(request,
                      EncodeRoute(*route, standard ? JsonStyle::kBrowser : JsonStyle::kFastjson));
  }
  KeepZone(header.zone_name, &*route);
  // RocketMQ writes a route of one zone so whatever the client asks for.
  return AnswerWith(request, EncodeRoute(*route, JsonStyle::kFastjson));
}

remoting::Command NameServer::List(const Command& request) {
  const auto off = [&] { return Answer(request, ResponseCode::kSystemError, "disable"); };
  const auto list = [&](const TopicList& topics) {
    return AnswerWith(request, EncodeTopicList(topics));
  };
  MutexLock lock(mutex_);
  switch (request.request_code()) {
    case RequestCode::kGetBrokerClusterInfo:
      return AnswerWith(request, EncodeClusters(routes_.AllClusters()));
    case RequestCode::kGetSystemTopicListFromNs:
      return list(routes_.SystemTopics());
    case RequestCode::kGetAllTopicListFromNameserver:
      return settings_.enable_all_topic_list ? list(routes_.AllTopics()) : off();
    case RequestCode::kGetUnitTopicList:
      return settings_.enable_topic_list ? list(routes_.UnitTopics()) : off();
    case RequestCode::kGetHasUnitSubTopicList:
      return settings_.enable_topic_list ? list(routes_.UnitSubscriptionTopics()) : off();
    default:
      return settings_.enable_topic_list ? list(routes_.UnitSubscriptionOnlyTopics()) : off();
  }
}

Result<remoting::Command> NameServer::ListOfCluster(const Command& request) {
  MutexLock lock(mutex_);
  if (!settings_.enable_topic_list) {
    return Answer(request, ResponseCode::kSystemError, "disable");
  }
  TM_ASSIGN_OR_RETURN(const auto header, DecodeHeader<remoting::ClusterRequest>(request.fields));
  return AnswerWith(request, EncodeTopicList(routes_.TopicsOfCluster(header.cluster)));
}

Result<remoting::Command> NameServer::GetMembers(const Command& request) {
  TM_ASSIGN_OR_RETURN(const auto header,
                      DecodeHeader<remoting::BrokerMemberGroupRequest>(request.fields));
  MutexLock lock(mutex_);
  Command answer =
      AnswerWith(request, EncodeMemberGroup(routes_.MembersOf(header.cluster, header.broker_name)));
  answer.remark = "not set any response code";  // as RocketMQ 5.3.3 does, though it set one
  return answer;
}

Result<remoting::Command> NameServer::ChangePerm(const Command& request) {
  TM_ASSIGN_OR_RETURN(const auto header, DecodeHeader<remoting::BrokerNameRequest>(request.fields));
  Command answer = Answer(request, ResponseCode::kSuccess);
  MutexLock lock(mutex_);
  if (request.request_code() == RequestCode::kWipeWritePermOfBroker) {
    EncodeHeader(remoting::WipeWritePermAnswer{routes_.WipeWritePerm(header.broker_name)}, &answer);
  } else {
    EncodeHeader(remoting::AddWritePermAnswer{routes_.AddWritePerm(header.broker_name)}, &answer);
  }
  return answer;
}

Result<remoting::Command> NameServer::DeleteTopic(const Command& request) {
  TM_ASSIGN_OR_RETURN(const auto header,
                      DecodeHeader<remoting::DeleteTopicRequest>(request.fields));
  MutexLock lock(mutex_);
  if (header.cluster.has_value() && !header.cluster->empty()) {
    routes_.DeleteTopic(header.topic, *header.cluster);
  } else {
    routes_.DeleteTopic(header.topic);
  }
  return Answer(request, ResponseCode::kSuccess);
}

Result<remoting::Command> NameServer::RegisterTopic(const Command& request) {
  TM_ASSIGN_OR_RETURN(const auto header,
                      DecodeHeader<remoting::RegisterTopicRequest>(request.fields));
  TM_ASSIGN_OR_RETURN(const std::vector<TopicQueues> queues, DecodeQueues(request.body.text()));
  MutexLock lock(mutex_);
  routes_.RegisterTopic(header.topic, queues);
  return Answer(request, ResponseCode::kSuccess);
}

}  // namespace tidemark::nameserver
