#pragma once

// Sofia-SIP (libsofia-sip-ua) as this room uses it. For the sources of this room and its tests.

#define NTA_AGENT_MAGIC_T ::tierline::sip::Agent
#define NTA_INCOMING_MAGIC_T ::tierline::sip::Transaction

namespace tierline::sip {
class Agent;
struct Transaction;
}  // namespace tierline::sip

#include <sofia-sip/hostdomain.h>
#include <sofia-sip/nta.h>
#include <sofia-sip/nta_stateless.h>
#include <sofia-sip/nta_tport.h>
#include <sofia-sip/sip.h>
#include <sofia-sip/sip_extra.h>
#include <sofia-sip/sip_header.h>
#include <sofia-sip/sip_parser.h>
#include <sofia-sip/sip_status.h>
#include <sofia-sip/sip_tag.h>
#include <sofia-sip/sip_util.h>
#include <sofia-sip/su_log.h>
#include <sofia-sip/su_wait.h>
#include <sofia-sip/tport_tag.h>
#include <sofia-sip/url.h>
