"""Small exports of telephone systems, each in its own form, with figures reckoned by hand."""

from __future__ import annotations

from typing import Any

#: System, what to pass, its export: answered after 15 and 30 s, given up after 40 s. Offered,
#: answered, abandoned, service level in 20 s, ASA and AHT.
SYSTEMS: list[Any] = [
    (
        "Asterisk CDR",
        {},
        """\
calldate,src,dst,duration,billsec,disposition,uniqueid
2024-03-04 09:00:00,100,600,115,100,ANSWERED,1.1
2024-03-04 09:01:00,101,600,230,200,ANSWERED,1.2
2024-03-04 09:02:00,102,600,40,0,NO ANSWER,1.3
""",
        (3, 2, 1, 1 / 3, 22.5, 150.0),
    ),
    (
        "Amazon Connect",
        {},
        """\
ContactId,Channel,InitiationMethod,Queue.Name,Queue.EnqueueTimestamp,Queue.Duration,Agent.ConnectedToAgentTimestamp,Agent.AgentInteractionDuration,Agent.CustomerHoldDuration,Agent.AfterContactWorkDuration,DisconnectTimestamp
c1,VOICE,INBOUND,help,2024-03-04T09:00:00Z,15,2024-03-04T09:00:15Z,100,10,20,2024-03-04T09:02:05Z
c2,VOICE,INBOUND,help,2024-03-04T09:01:00Z,30,2024-03-04T09:01:30Z,200,0,40,2024-03-04T09:04:50Z
c3,VOICE,INBOUND,help,2024-03-04T09:02:00Z,40,,,,,2024-03-04T09:02:40Z
""",
        (3, 2, 1, 1 / 3, 22.5, 185.0),
    ),
    (
        "Avaya CMS",
        {"words": {"outcome": {"2": "answered", "3": "abandoned"}}},
        """\
CALLID,SEGSTART,DISPTIME,DISPOSITION,TALKTIME,ANSHOLDTIME,ACWTIME,DISPSPLIT,ANSLOGIN,DURATION
1,2024-03-04 09:00:00,15,2,100,10,20,1,7001,125
2,2024-03-04 09:01:00,30,2,200,0,40,1,7002,230
3,2024-03-04 09:02:00,40,3,0,0,0,1,,40
""",
        (3, 2, 1, 1 / 3, 22.5, 185.0),
    ),
    (
        "Cisco UCCX",
        {},
        """\
Call Start Time,Call End Time,Contact Disposition,Queue Time,Talk Time,Hold Time,Work Time
2024-03-04 09:00:00,2024-03-04 09:02:25,Handled,0:00:15,0:01:40,0:00:10,0:00:20
2024-03-04 09:01:00,2024-03-04 09:04:50,Handled,0:00:30,0:03:20,0:00:00,0:00:40
2024-03-04 09:02:00,2024-03-04 09:02:40,Abandoned,0:00:40,0:00:00,0:00:00,0:00:00
""",
        (3, 2, 1, 1 / 3, 22.5, 185.0),
    ),
    (
        "Zendesk Talk",
        {},
        """\
id,created_at,direction,completion_status,wait_time,talk_time,hold_time,wrap_up_time,agent_id
1,2024-03-04T09:00:00Z,inbound,completed,15,100,10,20,7
2,2024-03-04T09:01:00Z,inbound,completed,30,200,0,40,8
3,2024-03-04T09:02:00Z,inbound,abandoned_in_queue,40,0,0,0,
4,2024-03-04T09:03:00Z,outbound,completed,0,60,0,0,8
""",
        (3, 2, 1, 1 / 3, 22.5, 185.0),
    ),
    (
        "Aircall",
        {"columns": {"outcome": None}},
        """\
id,direction,status,started_at,answered_at,ended_at,duration,raw_digits,missed_call_reason
1,inbound,done,1709542800,1709542815,1709542915,115,+49301,
2,inbound,done,1709542860,1709542890,1709543090,230,+49302,
3,inbound,done,1709542920,,1709542960,40,+49303,abandoned_in_ivr
""",
        (3, 2, 1, 1 / 3, 22.5, 150.0),
    ),
    (
        "3CX",
        {},
        """\
historyid,callid,duration,time-start,time-answered,time-end,reason-terminated,from-no,to-no
1,1,00:01:40,2024/03/04 09:00:00,2024/03/04 09:00:15,2024/03/04 09:01:55,TerminatedBySrc,100,800
2,2,00:03:20,2024/03/04 09:01:00,2024/03/04 09:01:30,2024/03/04 09:04:50,TerminatedByDst,101,800
3,3,,2024/03/04 09:02:00,,2024/03/04 09:02:40,TerminatedBySrc,102,800
""",
        (3, 2, 1, 1 / 3, 22.5, 150.0),
    ),
    (
        "FreeSWITCH mod_callcenter",
        {},
        """\
uuid,direction,caller_id_number,cc_queue,cc_agent,cc_queue_joined_epoch,cc_queue_answered_epoch,cc_queue_terminated_epoch,cc_queue_canceled_epoch,cc_cause
a,inbound,100,help,ann,1709542800,1709542815,1709542915,,answered
b,inbound,101,help,bob,1709542860,1709542890,1709543090,,answered
c,inbound,102,help,,1709542920,,,1709542960,cancel
""",
        (3, 2, 1, 1 / 3, 22.5, 150.0),
    ),
    (
        "Chinese cc_cdr",
        {},
        """\
callid,start_stamp,answer_stamp,end_stamp,queue_duration,ext_duration,answer_after_duration,type,agent_num,queue_out_reason
1,2024-03-04 09:00:00,2024-03-04 09:00:15,2024-03-04 09:01:55,15,100,20,inbound,7,转座席
2,2024-03-04 09:01:00,2024-03-04 09:01:30,2024-03-04 09:04:50,30,200,40,inbound,8,转座席
3,2024-03-04 09:02:00,,2024-03-04 09:02:40,40,0,0,inbound,,排队放弃
""",
        (3, 2, 1, 1 / 3, 22.5, 180.0),
    ),
]
