// SPDX-License-Identifier: Apache-2.0
#include "src/server/nameserver/name_server.h"

#include "src/server/remoting/nameserver_headers.h"

namespace tidemark::nameserver {

using remoting::Answer;
using remoting::DecodeHeader;
using remoting::RequestCode;
using remoting::ResponseCode;

NameServer::NameServer(NameServerOptions options, io::Clock& clock)
    : clock_(clock),
      started_(clock.Monotonic()),
      keep_kv_config_(std::move(options.keep_kv_config)),
      kv_config_(std::move(options.kv_config)),
      settings_(options.settings) {}

std::optional<remoting::Command> NameServer::Handle(const Command& request,
                                                    remoting::ConnectionId connection) {
  if (request.is_response()) return std::nullopt;
  Command answer = Dispatch(request, connection);
  return request.is_oneway() ? std::nullopt : std::optional(std::move(answer));
}

void NameServer::OnConnectionClosed(remoting::ConnectionId connection) {
  MutexLock lock(mutex_);
  routes_.ForgetConnection(connection);
}

std::vector<remoting::ConnectionId> NameServer::ForgetExpired() {
  const auto now = clock_.Monotonic();
  MutexLock lock(mutex_);
  return routes_.ForgetExpired(now);
}

remoting::Command NameServer::Dispatch(const Command& request, remoting::ConnectionId connection) {
  Result<Command> answer = [&]() -> Result<Command> {
    switch (request.request_code()) {
      case RequestCode::kGetRouteinfoByTopic:
        return GetRoute(request);
      case RequestCode::kRegisterBroker:
        return RegisterBroker(request, connection);
      case RequestCode::kUnregisterBroker:
        return UnregisterBroker(request);
      case RequestCode::kBrokerHeartbeat:
        return Heartbeat(request);
      case RequestCode::kQueryDataVersion:
        return QueryVersion(request);
      case RequestCode::kGetBrokerMemberGroup:
        return GetMembers(request);
      case RequestCode::kRegisterTopicInNamesrv:
        return RegisterTopic(request);
      case RequestCode::kDeleteTopicInNamesrv:
        return DeleteTopic(request);
      case RequestCode::kWipeWritePermOfBroker:
      case RequestCode::kAddWritePermOfBroker:
        return ChangePerm(request);
      case RequestCode::kGetTopicsByCluster:
        return ListOfCluster(request);
      case RequestCode::kPutKvConfig:
        return PutKv(request);
      case RequestCode::kGetKvConfig:
        return GetKv(request);
      case RequestCode::kDeleteKvConfig:
        return DeleteKv(request);
      case RequestCode::kGetKvlistByNamespace:
        return ListKv(request);
      default:
        return DispatchBare(request);
    }
  }();
  if (!answer.has_value()) {
    return Answer(request, ResponseCode::kSystemError, answer.error().message());
  }
  return *std::move(answer);
}

remoting::Command NameServer::DispatchBare(const Command& request) {
  switch (request.request_code()) {
    case RequestCode::kGetBrokerClusterInfo:
    case RequestCode::kGetAllTopicListFromNameserver:
    case RequestCode::kGetSystemTopicListFromNs:
    case RequestCode::kGetUnitTopicList:
    case RequestCode::kGetHasUnitSubTopicList:
    case RequestCode::kGetHasUnitSubUnunitTopicList:
      return List(request);
    case RequestCode::kUpdateNamesrvConfig:
      return UpdateSettings(request);
    case RequestCode::kGetNamesrvConfig: {
      Command answer = Answer(request, ResponseCode::kSuccess);
      MutexLock lock(mutex_);
      answer.body = remoting::Body::Owning(WriteSettings(settings_));
      return answer;
    }
    default:
      return remoting::AnswerNotSupported(request);
  }
}

remoting::Command NameServer::UpdateSettings(const Command& request) {
  MutexLock lock(mutex_);
  switch (ApplySettings(request.body.text(), &settings_)) {
    case SettingsUpdate::kUnreadable:
      return Answer(request, ResponseCode::kSystemError, "string2Properties error");
    case SettingsUpdate::kForbidden:
      return Answer(request, ResponseCode::kNoPermission, "Can not update config in black list.");
    case SettingsUpdate::kDone:
      break;
  }
  return Answer(request, ResponseCode::kSuccess);
}

Status NameServer::KeepKvConfig() {
  return keep_kv_config_ ? keep_kv_config_(kv_config_.Write()) : Status();
}

Result<remoting::Command> NameServer::PutKv(const Command& request) {
  for (const char* name : {"namespace", "key"}) {
    if (request.fields.Find(name) == nullptr) {
      return Answer(request, ResponseCode::kSystemError, "namespace or key is null");
    }
  }
  TM_ASSIGN_OR_RETURN(const auto header,
                      DecodeHeader<remoting::PutKvConfigRequest>(request.fields));
  MutexLock lock(mutex_);
  kv_config_.Put(header.name_space, header.key, header.value);
  TM_RETURN_IF_ERROR(KeepKvConfig());
  return Answer(request, ResponseCode::kSuccess);
}

Result<remoting::Command> NameServer::GetKv(const Command& request) {
  TM_ASSIGN_OR_RETURN(const auto header, DecodeHeader<remoting::KvConfigRequest>(request.fields));
  MutexLock lock(mutex_);
  const remoting::KvConfigAnswer found{kv_config_.Find(header.name_space, header.key)};
  Command answer = Answer(request, ResponseCode::kSuccess);
  if (!found.value.has_value()) {
    answer = Answer(request, ResponseCode::kQueryNotFound,
                    Format("No config item, Namespace: {} Key: {}", header.name_space, header.key));
  }
  EncodeHeader(found, &answer);
  return answer;
}

Result<remoting::Command> NameServer::DeleteKv(const Command& request) {
  TM_ASSIGN_OR_RETURN(const auto header, DecodeHeader<remoting::KvConfigRequest>(request.fields));
  MutexLock lock(mutex_);
  kv_config_.Erase(header.name_space, header.key);
  TM_RETURN_IF_ERROR(KeepKvConfig());
  return Answer(request, ResponseCode::kSuccess);
}

Result<remoting::Command> NameServer::ListKv(const Command& request) {
  TM_ASSIGN_OR_RETURN(const auto header,
                      DecodeHeader<remoting::KvNamespaceRequest>(request.fields));
  MutexLock lock(mutex_);
  auto table = kv_config_.TableJson(header.name_space);
  if (!table.has_value()) {
    return Answer(request, ResponseCode::kQueryNotFound,
                  Format("No config item, Namespace: {}", header.name_space));
  }
  Command answer = Answer(request, ResponseCode::kSuccess);
  answer.body = remoting::Body::Owning(*std::move(table));
  return answer;
}

}  // namespace tidemark::nameserver
