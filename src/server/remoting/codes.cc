// SPDX-License-Identifier: Apache-2.0
#include "src/server/remoting/codes.h"

#include <algorithm>
#include <iterator>

#include "src/base/format.h"

namespace tidemark::remoting {
namespace {

template <typename Code>
struct CodeName {
  Code code;
  std::string_view name;
};

/// In the order of the numbers.
constexpr CodeName<RequestCode> kRequestNames[] = {
    {RequestCode::kSendMessage, "SEND_MESSAGE"},
    {RequestCode::kPullMessage, "PULL_MESSAGE"},
    {RequestCode::kQueryMessage, "QUERY_MESSAGE"},
    {RequestCode::kQueryBrokerOffset, "QUERY_BROKER_OFFSET"},
    {RequestCode::kQueryConsumerOffset, "QUERY_CONSUMER_OFFSET"},
    {RequestCode::kUpdateConsumerOffset, "UPDATE_CONSUMER_OFFSET"},
    {RequestCode::kUpdateAndCreateTopic, "UPDATE_AND_CREATE_TOPIC"},
    {RequestCode::kUpdateAndCreateTopicList, "UPDATE_AND_CREATE_TOPIC_LIST"},
    {RequestCode::kGetAllTopicConfig, "GET_ALL_TOPIC_CONFIG"},
    {RequestCode::kGetTopicConfigList, "GET_TOPIC_CONFIG_LIST"},
    {RequestCode::kGetTopicNameList, "GET_TOPIC_NAME_LIST"},
    {RequestCode::kUpdateBrokerConfig, "UPDATE_BROKER_CONFIG"},
    {RequestCode::kGetBrokerConfig, "GET_BROKER_CONFIG"},
    {RequestCode::kTriggerDeleteFiles, "TRIGGER_DELETE_FILES"},
    {RequestCode::kGetBrokerRuntimeInfo, "GET_BROKER_RUNTIME_INFO"},
    {RequestCode::kSearchOffsetByTimestamp, "SEARCH_OFFSET_BY_TIMESTAMP"},
    {RequestCode::kGetMaxOffset, "GET_MAX_OFFSET"},
    {RequestCode::kGetMinOffset, "GET_MIN_OFFSET"},
    {RequestCode::kGetEarliestMsgStoretime, "GET_EARLIEST_MSG_STORETIME"},
    {RequestCode::kViewMessageById, "VIEW_MESSAGE_BY_ID"},
    {RequestCode::kHeartBeat, "HEART_BEAT"},
    {RequestCode::kUnregisterClient, "UNREGISTER_CLIENT"},
    {RequestCode::kConsumerSendMsgBack, "CONSUMER_SEND_MSG_BACK"},
    {RequestCode::kEndTransaction, "END_TRANSACTION"},
    {RequestCode::kGetConsumerListByGroup, "GET_CONSUMER_LIST_BY_GROUP"},
    {RequestCode::kCheckTransactionState, "CHECK_TRANSACTION_STATE"},
    {RequestCode::kNotifyConsumerIdsChanged, "NOTIFY_CONSUMER_IDS_CHANGED"},
    {RequestCode::kLockBatchMq, "LOCK_BATCH_MQ"},
    {RequestCode::kUnlockBatchMq, "UNLOCK_BATCH_MQ"},
    {RequestCode::kGetAllConsumerOffset, "GET_ALL_CONSUMER_OFFSET"},
    {RequestCode::kGetAllDelayOffset, "GET_ALL_DELAY_OFFSET"},
    {RequestCode::kCheckClientConfig, "CHECK_CLIENT_CONFIG"},
    {RequestCode::kGetClientConfig, "GET_CLIENT_CONFIG"},
    {RequestCode::kUpdateAndCreateAclConfig, "UPDATE_AND_CREATE_ACL_CONFIG"},
    {RequestCode::kDeleteAclConfig, "DELETE_ACL_CONFIG"},
    {RequestCode::kGetBrokerClusterAclInfo, "GET_BROKER_CLUSTER_ACL_INFO"},
    {RequestCode::kUpdateGlobalWhiteAddrsConfig, "UPDATE_GLOBAL_WHITE_ADDRS_CONFIG"},
    {RequestCode::kGetTimerCheckPoint, "GET_TIMER_CHECK_POINT"},
    {RequestCode::kGetTimerMetrics, "GET_TIMER_METRICS"},
    {RequestCode::kPutKvConfig, "PUT_KV_CONFIG"},
    {RequestCode::kGetKvConfig, "GET_KV_CONFIG"},
    {RequestCode::kDeleteKvConfig, "DELETE_KV_CONFIG"},
    {RequestCode::kRegisterBroker, "REGISTER_BROKER"},
    {RequestCode::kUnregisterBroker, "UNREGISTER_BROKER"},
    {RequestCode::kGetRouteinfoByTopic, "GET_ROUTEINFO_BY_TOPIC"},
    {RequestCode::kGetBrokerClusterInfo, "GET_BROKER_CLUSTER_INFO"},
    {RequestCode::kUpdateAndCreateSubscriptiongroup, "UPDATE_AND_CREATE_SUBSCRIPTIONGROUP"},
    {RequestCode::kGetAllSubscriptiongroupConfig, "GET_ALL_SUBSCRIPTIONGROUP_CONFIG"},
    {RequestCode::kGetTopicStatsInfo, "GET_TOPIC_STATS_INFO"},
    {RequestCode::kGetConsumerConnectionList, "GET_CONSUMER_CONNECTION_LIST"},
    {RequestCode::kGetProducerConnectionList, "GET_PRODUCER_CONNECTION_LIST"},
    {RequestCode::kWipeWritePermOfBroker, "WIPE_WRITE_PERM_OF_BROKER"},
    {RequestCode::kGetAllTopicListFromNameserver, "GET_ALL_TOPIC_LIST_FROM_NAMESERVER"},
    {RequestCode::kDeleteSubscriptiongroup, "DELETE_SUBSCRIPTIONGROUP"},
    {RequestCode::kGetConsumeStats, "GET_CONSUME_STATS"},
    {RequestCode::kSuspendConsumer, "SUSPEND_CONSUMER"},
    {RequestCode::kResumeConsumer, "RESUME_CONSUMER"},
    {RequestCode::kResetConsumerOffsetInConsumer, "RESET_CONSUMER_OFFSET_IN_CONSUMER"},
    {RequestCode::kResetConsumerOffsetInBroker, "RESET_CONSUMER_OFFSET_IN_BROKER"},
    {RequestCode::kAdjustConsumerThreadPool, "ADJUST_CONSUMER_THREAD_POOL"},
    {RequestCode::kWhoConsumeTheMessage, "WHO_CONSUME_THE_MESSAGE"},
    {RequestCode::kDeleteTopicInBroker, "DELETE_TOPIC_IN_BROKER"},
    {RequestCode::kDeleteTopicInNamesrv, "DELETE_TOPIC_IN_NAMESRV"},
    {RequestCode::kRegisterTopicInNamesrv, "REGISTER_TOPIC_IN_NAMESRV"},
    {RequestCode::kGetKvlistByNamespace, "GET_KVLIST_BY_NAMESPACE"},
    {RequestCode::kResetConsumerClientOffset, "RESET_CONSUMER_CLIENT_OFFSET"},
    {RequestCode::kGetConsumerStatusFromClient, "GET_CONSUMER_STATUS_FROM_CLIENT"},
    {RequestCode::kInvokeBrokerToResetOffset, "INVOKE_BROKER_TO_RESET_OFFSET"},
    {RequestCode::kInvokeBrokerToGetConsumerStatus, "INVOKE_BROKER_TO_GET_CONSUMER_STATUS"},
    {RequestCode::kGetTopicsByCluster, "GET_TOPICS_BY_CLUSTER"},
    {RequestCode::kUpdateAndCreateSubscriptiongroupList,
     "UPDATE_AND_CREATE_SUBSCRIPTIONGROUP_LIST"},
    {RequestCode::kQueryTopicConsumeByWho, "QUERY_TOPIC_CONSUME_BY_WHO"},
    {RequestCode::kRegisterFilterServer, "REGISTER_FILTER_SERVER"},
    {RequestCode::kRegisterMessageFilterClass, "REGISTER_MESSAGE_FILTER_CLASS"},
    {RequestCode::kQueryConsumeTimeSpan, "QUERY_CONSUME_TIME_SPAN"},
    {RequestCode::kGetSystemTopicListFromNs, "GET_SYSTEM_TOPIC_LIST_FROM_NS"},
    {RequestCode::kGetSystemTopicListFromBroker, "GET_SYSTEM_TOPIC_LIST_FROM_BROKER"},
    {RequestCode::kCleanExpiredConsumequeue, "CLEAN_EXPIRED_CONSUMEQUEUE"},
    {RequestCode::kGetConsumerRunningInfo, "GET_CONSUMER_RUNNING_INFO"},
    {RequestCode::kQueryCorrectionOffset, "QUERY_CORRECTION_OFFSET"},
    {RequestCode::kConsumeMessageDirectly, "CONSUME_MESSAGE_DIRECTLY"},
    {RequestCode::kSendMessageV2, "SEND_MESSAGE_V2"},
    {RequestCode::kGetUnitTopicList, "GET_UNIT_TOPIC_LIST"},
    {RequestCode::kGetHasUnitSubTopicList, "GET_HAS_UNIT_SUB_TOPIC_LIST"},
    {RequestCode::kGetHasUnitSubUnunitTopicList, "GET_HAS_UNIT_SUB_UNUNIT_TOPIC_LIST"},
    {RequestCode::kCloneGroupOffset, "CLONE_GROUP_OFFSET"},
    {RequestCode::kViewBrokerStatsData, "VIEW_BROKER_STATS_DATA"},
    {RequestCode::kCleanUnusedTopic, "CLEAN_UNUSED_TOPIC"},
    {RequestCode::kGetBrokerConsumeStats, "GET_BROKER_CONSUME_STATS"},
    {RequestCode::kUpdateNamesrvConfig, "UPDATE_NAMESRV_CONFIG"},
    {RequestCode::kGetNamesrvConfig, "GET_NAMESRV_CONFIG"},
    {RequestCode::kSendBatchMessage, "SEND_BATCH_MESSAGE"},
    {RequestCode::kQueryConsumeQueue, "QUERY_CONSUME_QUEUE"},
    {RequestCode::kQueryDataVersion, "QUERY_DATA_VERSION"},
    {RequestCode::kResumeCheckHalfMessage, "RESUME_CHECK_HALF_MESSAGE"},
    {RequestCode::kSendReplyMessage, "SEND_REPLY_MESSAGE"},
    {RequestCode::kSendReplyMessageV2, "SEND_REPLY_MESSAGE_V2"},
    {RequestCode::kPushReplyMessageToClient, "PUSH_REPLY_MESSAGE_TO_CLIENT"},
    {RequestCode::kAddWritePermOfBroker, "ADD_WRITE_PERM_OF_BROKER"},
    {RequestCode::kGetAllProducerInfo, "GET_ALL_PRODUCER_INFO"},
    {RequestCode::kDeleteExpiredCommitlog, "DELETE_EXPIRED_COMMITLOG"},
    {RequestCode::kQueryTopicsByConsumer, "QUERY_TOPICS_BY_CONSUMER"},
    {RequestCode::kQuerySubscriptionByConsumer, "QUERY_SUBSCRIPTION_BY_CONSUMER"},
    {RequestCode::kGetTopicConfig, "GET_TOPIC_CONFIG"},
    {RequestCode::kGetSubscriptiongroupConfig, "GET_SUBSCRIPTIONGROUP_CONFIG"},
    {RequestCode::kUpdateAndGetGroupForbidden, "UPDATE_AND_GET_GROUP_FORBIDDEN"},
    {RequestCode::kCheckRocksdbCqWriteProgress, "CHECK_ROCKSDB_CQ_WRITE_PROGRESS"},
    {RequestCode::kExportRocksdbConfigToJson, "EXPORT_ROCKSDB_CONFIG_TO_JSON"},
    {RequestCode::kLitePullMessage, "LITE_PULL_MESSAGE"},
    {RequestCode::kRecallMessage, "RECALL_MESSAGE"},
    {RequestCode::kQueryAssignment, "QUERY_ASSIGNMENT"},
    {RequestCode::kSetMessageRequestMode, "SET_MESSAGE_REQUEST_MODE"},
    {RequestCode::kGetAllMessageRequestMode, "GET_ALL_MESSAGE_REQUEST_MODE"},
    {RequestCode::kUpdateAndCreateStaticTopic, "UPDATE_AND_CREATE_STATIC_TOPIC"},
    {RequestCode::kGetBrokerMemberGroup, "GET_BROKER_MEMBER_GROUP"},
    {RequestCode::kAddBroker, "ADD_BROKER"},
    {RequestCode::kRemoveBroker, "REMOVE_BROKER"},
    {RequestCode::kBrokerHeartbeat, "BROKER_HEARTBEAT"},
    {RequestCode::kNotifyMinBrokerIdChange, "NOTIFY_MIN_BROKER_ID_CHANGE"},
    {RequestCode::kExchangeBrokerHaInfo, "EXCHANGE_BROKER_HA_INFO"},
    {RequestCode::kGetBrokerHaStatus, "GET_BROKER_HA_STATUS"},
    {RequestCode::kResetMasterFlushOffset, "RESET_MASTER_FLUSH_OFFSET"},
    {RequestCode::kControllerAlterSyncStateSet, "CONTROLLER_ALTER_SYNC_STATE_SET"},
    {RequestCode::kControllerElectMaster, "CONTROLLER_ELECT_MASTER"},
    {RequestCode::kControllerRegisterBroker, "CONTROLLER_REGISTER_BROKER"},
    {RequestCode::kControllerGetReplicaInfo, "CONTROLLER_GET_REPLICA_INFO"},
    {RequestCode::kControllerGetMetadataInfo, "CONTROLLER_GET_METADATA_INFO"},
    {RequestCode::kControllerGetSyncStateData, "CONTROLLER_GET_SYNC_STATE_DATA"},
    {RequestCode::kGetBrokerEpochCache, "GET_BROKER_EPOCH_CACHE"},
    {RequestCode::kNotifyBrokerRoleChanged, "NOTIFY_BROKER_ROLE_CHANGED"},
    {RequestCode::kUpdateControllerConfig, "UPDATE_CONTROLLER_CONFIG"},
    {RequestCode::kGetControllerConfig, "GET_CONTROLLER_CONFIG"},
    {RequestCode::kCleanBrokerData, "CLEAN_BROKER_DATA"},
    {RequestCode::kControllerGetNextBrokerId, "CONTROLLER_GET_NEXT_BROKER_ID"},
    {RequestCode::kControllerApplyBrokerId, "CONTROLLER_APPLY_BROKER_ID"},
    {RequestCode::kBrokerCloseChannelRequest, "BROKER_CLOSE_CHANNEL_REQUEST"},
    {RequestCode::kCheckNotActiveBrokerRequest, "CHECK_NOT_ACTIVE_BROKER_REQUEST"},
    {RequestCode::kGetBrokerLiveInfoRequest, "GET_BROKER_LIVE_INFO_REQUEST"},
    {RequestCode::kGetSyncStateDataRequest, "GET_SYNC_STATE_DATA_REQUEST"},
    {RequestCode::kRaftBrokerHeartBeatEventRequest, "RAFT_BROKER_HEART_BEAT_EVENT_REQUEST"},
    {RequestCode::kUpdateColdDataFlowCtrConfig, "UPDATE_COLD_DATA_FLOW_CTR_CONFIG"},
    {RequestCode::kRemoveColdDataFlowCtrConfig, "REMOVE_COLD_DATA_FLOW_CTR_CONFIG"},
    {RequestCode::kGetColdDataFlowCtrInfo, "GET_COLD_DATA_FLOW_CTR_INFO"},
    {RequestCode::kSetCommitlogReadMode, "SET_COMMITLOG_READ_MODE"},
    {RequestCode::kAuthCreateUser, "AUTH_CREATE_USER"},
    {RequestCode::kAuthUpdateUser, "AUTH_UPDATE_USER"},
    {RequestCode::kAuthDeleteUser, "AUTH_DELETE_USER"},
    {RequestCode::kAuthGetUser, "AUTH_GET_USER"},
    {RequestCode::kAuthListUser, "AUTH_LIST_USER"},
    {RequestCode::kAuthCreateAcl, "AUTH_CREATE_ACL"},
    {RequestCode::kAuthUpdateAcl, "AUTH_UPDATE_ACL"},
    {RequestCode::kAuthDeleteAcl, "AUTH_DELETE_ACL"},
    {RequestCode::kAuthGetAcl, "AUTH_GET_ACL"},
    {RequestCode::kAuthListAcl, "AUTH_LIST_ACL"},
    {RequestCode::kPopMessage, "POP_MESSAGE"},
    {RequestCode::kAckMessage, "ACK_MESSAGE"},
    {RequestCode::kPeekMessage, "PEEK_MESSAGE"},
    {RequestCode::kChangeMessageInvisibletime, "CHANGE_MESSAGE_INVISIBLETIME"},
    {RequestCode::kNotification, "NOTIFICATION"},
    {RequestCode::kPollingInfo, "POLLING_INFO"},
    {RequestCode::kPopRollback, "POP_ROLLBACK"},
    {RequestCode::kBatchAckMessage, "BATCH_ACK_MESSAGE"},
};

/// In the order of the numbers.
constexpr CodeName<ResponseCode> kResponseNames[] = {
    {ResponseCode::kRpcTimeOut, "RPC_TIME_OUT"},
    {ResponseCode::kRpcSendToChannelFailed, "RPC_SEND_TO_CHANNEL_FAILED"},
    {ResponseCode::kRpcAddrIsNull, "RPC_ADDR_IS_NULL"},
    {ResponseCode::kRpcUnknown, "RPC_UNKNOWN"},
    {ResponseCode::kSuccess, "SUCCESS"},
    {ResponseCode::kSystemError, "SYSTEM_ERROR"},
    {ResponseCode::kSystemBusy, "SYSTEM_BUSY"},
    {ResponseCode::kRequestCodeNotSupported, "REQUEST_CODE_NOT_SUPPORTED"},
    {ResponseCode::kTransactionFailed, "TRANSACTION_FAILED"},
    {ResponseCode::kFlushDiskTimeout, "FLUSH_DISK_TIMEOUT"},
    {ResponseCode::kSlaveNotAvailable, "SLAVE_NOT_AVAILABLE"},
    {ResponseCode::kFlushSlaveTimeout, "FLUSH_SLAVE_TIMEOUT"},
    {ResponseCode::kMessageIllegal, "MESSAGE_ILLEGAL"},
    {ResponseCode::kServiceNotAvailable, "SERVICE_NOT_AVAILABLE"},
    {ResponseCode::kVersionNotSupported, "VERSION_NOT_SUPPORTED"},
    {ResponseCode::kNoPermission, "NO_PERMISSION"},
    {ResponseCode::kTopicNotExist, "TOPIC_NOT_EXIST"},
    {ResponseCode::kTopicExistAlready, "TOPIC_EXIST_ALREADY"},
    {ResponseCode::kPullNotFound, "PULL_NOT_FOUND"},
    {ResponseCode::kPullRetryImmediately, "PULL_RETRY_IMMEDIATELY"},
    {ResponseCode::kPullOffsetMoved, "PULL_OFFSET_MOVED"},
    {ResponseCode::kQueryNotFound, "QUERY_NOT_FOUND"},
    {ResponseCode::kSubscriptionParseFailed, "SUBSCRIPTION_PARSE_FAILED"},
    {ResponseCode::kSubscriptionNotExist, "SUBSCRIPTION_NOT_EXIST"},
    {ResponseCode::kSubscriptionNotLatest, "SUBSCRIPTION_NOT_LATEST"},
    {ResponseCode::kSubscriptionGroupNotExist, "SUBSCRIPTION_GROUP_NOT_EXIST"},
    {ResponseCode::kFilterDataNotExist, "FILTER_DATA_NOT_EXIST"},
    {ResponseCode::kFilterDataNotLatest, "FILTER_DATA_NOT_LATEST"},
    {ResponseCode::kInvalidParameter, "INVALID_PARAMETER"},
    {ResponseCode::kTransactionShouldCommit, "TRANSACTION_SHOULD_COMMIT"},
    {ResponseCode::kTransactionShouldRollback, "TRANSACTION_SHOULD_ROLLBACK"},
    {ResponseCode::kTransactionStateUnknow, "TRANSACTION_STATE_UNKNOW"},
    {ResponseCode::kTransactionStateGroupWrong, "TRANSACTION_STATE_GROUP_WRONG"},
    {ResponseCode::kNoBuyerId, "NO_BUYER_ID"},
    {ResponseCode::kNotInCurrentUnit, "NOT_IN_CURRENT_UNIT"},
    {ResponseCode::kConsumerNotOnline, "CONSUMER_NOT_ONLINE"},
    {ResponseCode::kConsumeMsgTimeout, "CONSUME_MSG_TIMEOUT"},
    {ResponseCode::kNoMessage, "NO_MESSAGE"},
    {ResponseCode::kPollingFull, "POLLING_FULL"},
    {ResponseCode::kPollingTimeout, "POLLING_TIMEOUT"},
    {ResponseCode::kBrokerNotExist, "BROKER_NOT_EXIST"},
    {ResponseCode::kBrokerDispatchNotComplete, "BROKER_DISPATCH_NOT_COMPLETE"},
    {ResponseCode::kBroadcastConsumption, "BROADCAST_CONSUMPTION"},
    {ResponseCode::kFlowControl, "FLOW_CONTROL"},
    {ResponseCode::kNotLeaderForQueue, "NOT_LEADER_FOR_QUEUE"},
    {ResponseCode::kIllegalOperation, "ILLEGAL_OPERATION"},
    {ResponseCode::kGoAway, "GO_AWAY"},
    {ResponseCode::kControllerFencedMasterEpoch, "CONTROLLER_FENCED_MASTER_EPOCH"},
    {ResponseCode::kControllerFencedSyncStateSetEpoch, "CONTROLLER_FENCED_SYNC_STATE_SET_EPOCH"},
    {ResponseCode::kControllerInvalidMaster, "CONTROLLER_INVALID_MASTER"},
    {ResponseCode::kControllerInvalidReplicas, "CONTROLLER_INVALID_REPLICAS"},
    {ResponseCode::kControllerMasterNotAvailable, "CONTROLLER_MASTER_NOT_AVAILABLE"},
    {ResponseCode::kControllerInvalidRequest, "CONTROLLER_INVALID_REQUEST"},
    {ResponseCode::kControllerBrokerNotAlive, "CONTROLLER_BROKER_NOT_ALIVE"},
    {ResponseCode::kControllerNotLeader, "CONTROLLER_NOT_LEADER"},
    {ResponseCode::kControllerBrokerMetadataNotExist, "CONTROLLER_BROKER_METADATA_NOT_EXIST"},
    {ResponseCode::kControllerInvalidCleanBrokerMetadata,
     "CONTROLLER_INVALID_CLEAN_BROKER_METADATA"},
    {ResponseCode::kControllerBrokerNeedToBeRegistered, "CONTROLLER_BROKER_NEED_TO_BE_REGISTERED"},
    {ResponseCode::kControllerMasterStillExist, "CONTROLLER_MASTER_STILL_EXIST"},
    {ResponseCode::kControllerElectMasterFailed, "CONTROLLER_ELECT_MASTER_FAILED"},
    {ResponseCode::kControllerAlterSyncStateSetFailed, "CONTROLLER_ALTER_SYNC_STATE_SET_FAILED"},
    {ResponseCode::kControllerBrokerIdInvalid, "CONTROLLER_BROKER_ID_INVALID"},
    {ResponseCode::kControllerJraftInternalError, "CONTROLLER_JRAFT_INTERNAL_ERROR"},
    {ResponseCode::kControllerBrokerLiveInfoNotExists, "CONTROLLER_BROKER_LIVE_INFO_NOT_EXISTS"},
    {ResponseCode::kUserNotExist, "USER_NOT_EXIST"},
    {ResponseCode::kPolicyNotExist, "POLICY_NOT_EXIST"},
};

/// The place is the number.
constexpr CodeName<Language> kLanguageNames[] = {
    {Language::kJava, "JAVA"},     {Language::kCpp, "CPP"},        {Language::kDotnet, "DOTNET"},
    {Language::kPython, "PYTHON"}, {Language::kDelphi, "DELPHI"},  {Language::kErlang, "ERLANG"},
    {Language::kRuby, "RUBY"},     {Language::kOther, "OTHER"},    {Language::kHttp, "HTTP"},
    {Language::kGo, "GO"},         {Language::kPhp, "PHP"},        {Language::kOms, "OMS"},
    {Language::kRust, "RUST"},     {Language::kNodeJs, "NODE_JS"},
};

template <typename Code, std::size_t size>
constexpr bool Ascends(const CodeName<Code> (&table)[size]) {
  return std::adjacent_find(std::begin(table), std::end(table), [](const auto& a, const auto& b) {
           return a.code >= b.code;
         }) == std::end(table);
}
static_assert(Ascends(kRequestNames) && Ascends(kResponseNames) && Ascends(kLanguageNames));

template <typename Code, std::size_t size>
std::string FindName(const CodeName<Code> (&table)[size], Code code) {
  const auto found = std::lower_bound(std::begin(table), std::end(table), code,
                                      [](const auto& a, Code b) { return a.code < b; });
  if (found != std::end(table) && found->code == code) return std::string(found->name);
  return Format("UNKNOWN({})", static_cast<std::int32_t>(code));
}

}  // namespace

std::string NameOf(RequestCode code) {
  return FindName(kRequestNames, code);
}

std::string NameOf(ResponseCode code) {
  return FindName(kResponseNames, code);
}

std::string_view NameOf(Language language) {
  return kLanguageNames[static_cast<std::size_t>(language)].name;
}

Language LanguageOf(std::string_view name) {
  const auto found = std::find_if(std::begin(kLanguageNames), std::end(kLanguageNames),
                                  [&](const auto& entry) { return entry.name == name; });
  return found == std::end(kLanguageNames) ? Language::kOther : found->code;
}

Language LanguageOf(std::int64_t number) {
  const bool known = number >= 0 && number < static_cast<std::int64_t>(std::size(kLanguageNames));
  return known ? static_cast<Language>(number) : Language::kOther;
}

}  // namespace tidemark::remoting
