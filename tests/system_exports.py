"""Small exports of telephone systems, each in its own form, with figures reckoned by hand."""

from __future__ import annotations

from typing import Any

#: System, what to pass, its export: answered after 15 and 30 s, given up after 40 s (in Talkdesk
#: Explore 0.0002, 0.0004 and 0.0005 days, or 17.28, 34.56 and 43.2 s). Offered, answered,
#: abandoned, service level in 20 s, ASA and AHT.
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
    (
        "Talkdesk Calls report",
        {
            "columns": {"outcome": "type"},
            "words": {"outcome": {"inbound": "answered", "outbound": None}},
        },
        """\
call_id,callsid,type,start_at,end_at,user_name,total_time,talk_time,wait_time,hold_time,abandon_time,disposition_code,ring_groups
1,CA1,inbound,2024-03-04T09:00:00Z,2024-03-04T09:02:05Z,Ann,125,100,15,10,,Sale,help
2,CA2,inbound,2024-03-04T09:01:00Z,2024-03-04T09:04:50Z,Bob,230,200,30,0,,,help
3,CA3,abandoned,2024-03-04T09:02:00Z,2024-03-04T09:02:40Z,,40,0,40,0,40,,help
4,CA4,outbound,2024-03-04T09:03:00Z,2024-03-04T09:04:00Z,Bob,60,60,0,0,,,
""",
        (3, 2, 1, 1 / 3, 22.5, 155.0),
    ),
    (
        "Talkdesk Explore",
        {
            "columns": {"outcome": "call_type"},
            "words": {"outcome": {"inbound": "answered", "outbound": None}},
            "units": {"wait": "days", "talk": "days", "hold": "days"},
        },
        """\
interaction_id,call_type,start_time,end_time,talk_time,waiting_time,holding_time,agent_name
a,inbound,2024-03-04 09:00:00,2024-03-04 09:02:14,0.00125,0.0002,0.0001,Ann
b,inbound,2024-03-04 09:01:00,2024-03-04 09:05:11,0.0025,0.0004,0.0,Bob
c,abandoned,2024-03-04 09:02:00,2024-03-04 09:02:43,0.0,0.0005,0.0,
d,outbound,2024-03-04 09:03:00,2024-03-04 09:04:00,0.0007,0.0,0.0,Bob
""",
        (3, 2, 1, 1 / 3, 25.92, 166.32),
    ),
    (
        "Tencent Cloud Contact Center",
        {"columns": {"direction": None}, "where": "CallType=2"},
        """\
SessionId,Caller,Callee,Direction,CallType,StartTimestamp,QueuedTimestamp,RingTimestamp,AcceptTimestamp,EndedTimestamp,Duration,EndStatus,EndStatusString,HungUpSide,QueuedSkillGroupName
a,100,600,0,2,1709542795,1709542800,1709542810,1709542815,1709542915,100,1,ok,user,help
b,101,600,0,2,1709542855,1709542860,1709542880,1709542890,1709543090,200,1,ok,seat,help
c,102,600,0,2,1709542915,1709542920,0,0,1709542960,0,103,waitingGiveUp,user,help
d,600,103,1,1,1709542980,0,1709542990,1709543000,1709543060,60,1,ok,user,
""",
        (3, 2, 1, 1 / 3, 22.5, 150.0),
    ),
    (
        "Salesforce VoiceCall",
        {"columns": {"outcome": None}},
        """\
Id,CallType,CallDisposition,CallStartDateTime,CallQueuedDateTime,CallAcceptDateTime,CallEndDateTime,CallDurationInSeconds,QueueName
a,Inbound,completed,2024-03-04T08:59:55Z,2024-03-04T09:00:00Z,2024-03-04T09:00:15Z,2024-03-04T09:01:55Z,120,help
b,Inbound,completed,2024-03-04T09:00:55Z,2024-03-04T09:01:00Z,2024-03-04T09:01:30Z,2024-03-04T09:04:50Z,235,help
c,Inbound,new,2024-03-04T09:01:55Z,2024-03-04T09:02:00Z,,2024-03-04T09:02:40Z,45,help
d,Outbound,completed,2024-03-04T09:03:00Z,,2024-03-04T09:03:10Z,2024-03-04T09:04:10Z,70,
""",
        (3, 2, 1, 1 / 3, 22.5, 150.0),
    ),
    (
        "Google CCAI Platform",
        {"columns": {"arrival": "queued_at", "wait": "queue_duration", "outcome": None}},
        """\
id,status,created_at,queued_at,assigned_at,connected_at,ends_at,wait_duration,queue_duration,call_duration,hold_duration
a,finished,2024-03-04T08:59:55Z,2024-03-04T09:00:00Z,2024-03-04T09:00:10Z,2024-03-04T09:00:15Z,2024-03-04T09:02:05Z,15,15,110,10
b,finished,2024-03-04T09:00:55Z,2024-03-04T09:01:00Z,2024-03-04T09:01:20Z,2024-03-04T09:01:30Z,2024-03-04T09:04:50Z,30,30,200,0
c,failed,2024-03-04T09:01:55Z,2024-03-04T09:02:00Z,,,2024-03-04T09:02:40Z,40,40,0,0
""",
        (3, 2, 1, 1 / 3, 22.5, 155.0),
    ),
    (
        "Relatel",
        {},
        """\
call_uuid,direction,status,started_at,ringing_at,answered_at,ended_at,endpoint,endpoint_type,from_number,to_number
a,incoming,answered,2024-03-04T09:00:00+01:00,2024-03-04T09:00:05+01:00,2024-03-04T09:00:15+01:00,2024-03-04T09:01:55+01:00,Reception#1,reception,4571000001,4570000000
b,incoming,answered,2024-03-04T09:01:00+01:00,2024-03-04T09:01:05+01:00,2024-03-04T09:01:30+01:00,2024-03-04T09:04:50+01:00,Reception#1,reception,4571000002,4570000000
c,incoming,missed,2024-03-04T09:02:00+01:00,2024-03-04T09:02:05+01:00,,2024-03-04T09:02:40+01:00,Reception#1,reception,4571000003,4570000000
d,outgoing,answered,2024-03-04T09:03:00+01:00,2024-03-04T09:03:05+01:00,2024-03-04T09:03:10+01:00,2024-03-04T09:04:10+01:00,Employee#1,employee,4570000000,4571000004
""",
        (3, 2, 1, 1 / 3, 22.5, 150.0),
    ),
    (
        "STARFACE",
        {
            "columns": {"duration": None},
            "where": "incoming=true",
            "words": {"outcome": {"NOT_CONNECTED": "abandoned"}},
        },
        """\
id,callid,callernumber,callednumber,starttime,ringingtime,linktime,hanguptime,callresult,incoming,answered,duration
1,11,5551,100,04.03.2024 09:00:00,04.03.2024 09:00:02,04.03.2024 09:00:15,04.03.2024 09:01:55,CONNECTED,true,true,115
2,12,5552,100,04.03.2024 09:01:00,04.03.2024 09:01:02,04.03.2024 09:01:30,04.03.2024 09:04:50,CONNECTED,true,true,230
3,13,5553,100,04.03.2024 09:02:00,04.03.2024 09:02:02,,04.03.2024 09:02:40,NOT_CONNECTED,true,false,40
4,14,100,5554,04.03.2024 09:20:00,04.03.2024 09:20:02,04.03.2024 09:20:05,04.03.2024 09:21:05,CONNECTED,false,true,65
5,15,5555,100,13.03.2024 09:00:00,13.03.2024 09:00:02,13.03.2024 09:00:05,13.03.2024 09:01:05,CONNECTED,false,true,65
""",  # noqa: E501 - rows as they are exported
        (3, 2, 1, 1 / 3, 22.5, 150.0),
    ),
    (
        "Yeastar",
        {},
        """\
call_id,time_start,call_from,call_to,call_duration,talk_duration,status,type,agent_ring_time
1,2024-03-04 09:00:00,5551,6700,115,100,ANSWERED,inbound,10
2,2024-03-04 09:01:00,5552,6700,230,200,ANSWERED,inbound,10
3,2024-03-04 09:02:00,5553,6700,40,0,NO ANSWER,inbound,0
4,2024-03-04 09:03:00,1001,1002,30,20,ANSWERED,internal,0
""",
        (3, 2, 1, 1 / 3, 22.5, 150.0),
    ),
    (
        "NectarDesk",
        {},
        """\
id,type,startedDate,endedDate,duration,talkTime,waitingTime,call_type,abandoned,sub_type
1,inbound,2024-03-04T09:00:00+02:00,2024-03-04T09:01:55+02:00,115,100,15,inbound_ring_group,0,(Support)Handled
2,inbound,2024-03-04T09:01:00+02:00,2024-03-04T09:04:50+02:00,230,200,30,inbound_ring_group,0,(Support)Handled
3,inbound,2024-03-04T09:02:00+02:00,2024-03-04T09:02:40+02:00,40,0,40,inbound_ring_group,1,
4,outbound,2024-03-04T09:03:00+02:00,2024-03-04T09:04:00+02:00,60,60,0,outbound,0,Answered
""",
        (3, 2, 1, 1 / 3, 22.5, 150.0),
    ),
    (
        "Issabel call_entry",
        {},
        """\
id,id_agent,id_queue_call_entry,id_contact,callerid,datetime_init,datetime_end,duration,status,transfer,datetime_entry_queue,duration_wait,uniqueid,id_campaign,trunk
1,7,1,,3001,2024-03-04 09:00:15,2024-03-04 09:01:55,100,terminada,,2024-03-04 09:00:00,15,1.1,,SIP/t
2,8,1,,3002,2024-03-04 09:01:30,2024-03-04 09:04:50,200,terminada,,2024-03-04 09:01:00,30,1.2,,SIP/t
3,,1,,3003,,2024-03-04 09:02:40,,abandonada,,2024-03-04 09:02:00,40,1.3,,SIP/t
""",
        (3, 2, 1, 1 / 3, 22.5, 150.0),
    ),
    (
        "VICIdial vicidial_closer_log",
        {
            "columns": {"outcome": "term_reason"},
            "words": {"outcome": {"CALLER": "answered", "AGENT": "answered"}},
        },
        """\
call_date,length_in_sec,status,phone_number,user,queue_seconds,term_reason,uniqueid,queue_position
2024-03-04 09:00:00,115,SALE,3001,ann,15,CALLER,1.1,1
2024-03-04 09:01:00,230,NI,3002,bob,30,AGENT,1.2,1
2024-03-04 09:02:00,40,DROP,3003,VDCL,40,ABANDON,1.3,1
""",
        (3, 2, 1, 1 / 3, 22.5, 150.0),
    ),
    (
        "Calltracking",
        {},
        """\
caller_number,answered,duration,wait_duration,start_time,answered_time,end_time,sip_status
375001,true,115,15,2024-03-04T09:00:00+03:00,2024-03-04T09:00:15+03:00,2024-03-04T09:01:55+03:00,ok
375002,true,230,30,2024-03-04T09:01:00+03:00,2024-03-04T09:01:30+03:00,2024-03-04T09:04:50+03:00,ok
375003,false,40,40,2024-03-04T09:02:00+03:00,,2024-03-04T09:02:40+03:00,cancel
""",
        (3, 2, 1, 1 / 3, 22.5, 150.0),
    ),
    (
        "UltraCart PBX",
        {},
        """\
created_dts,answer_dts,end_dts,queue_wait_seconds,talk_time_seconds,total_duration_seconds
2024-03-04T09:00:00-05:00,2024-03-04T09:00:15-05:00,2024-03-04T09:01:55-05:00,15,100,115
2024-03-04T09:01:00-05:00,2024-03-04T09:01:30-05:00,2024-03-04T09:04:50-05:00,30,200,230
2024-03-04T09:02:00-05:00,,2024-03-04T09:02:40-05:00,40,0,40
""",
        (3, 2, 1, 1 / 3, 22.5, 150.0),
    ),
    (
        "Genesys Cloud",
        {"units": {"wait": "ms", "talk": "ms", "hold": "ms", "acw": "ms"}},
        """\
Full Export Completed,Media Type,Users,Remote,Date,End Date,Duration,Direction,ANI,Queue,Wrap-up,Conversation ID,Total Queue,Total Talk,Total Hold,Total ACW,Abandoned
YES,voice,Ann,+1555,6/23/25 07:00 AM,6/23/25 07:02 AM,145000,Inbound,tel:+1555,help,Resolved,a,15000,100000,10000,20000,NO
YES,voice,Bob,+1556,6/23/25 07:01 AM,6/23/25 07:05 AM,270000,Inbound,tel:+1556,help,Resolved,b,30000,200000,,40000,NO
YES,voice,,+1557,6/23/25 07:02 AM,6/23/25 07:03 AM,40000,Inbound,tel:+1557,help,,c,40000,,,,YES
YES,voice,Bob,+1558,6/23/25 07:09 AM,6/23/25 07:10 AM,60000,Outbound,tel:+1558,,,d,,60000,,,NO
""",  # noqa: E501 - rows as they are exported
        (3, 2, 1, 1 / 3, 22.5, 185.0),
    ),
    (
        "Five9 Call Log",
        {},
        """\
CALL ID,TIMESTAMP,CAMPAIGN,CALL TYPE,AGENT,DISPOSITION,ANI,DNIS,CALL TIME,BILL TIME (ROUNDED),IVR TIME,QUEUE WAIT TIME,RING TIME,TALK TIME,HOLD TIME,AFTER CALL WORK TIME,ABANDONED
1,"Mon, 04 Mar 2024 09:00:00",help,Inbound,ann,Sale,5551,800,00:02:10,00:02:12,00:00:05,00:00:15,00:00:04,00:01:40,00:00:10,00:00:20,0
2,"Mon, 04 Mar 2024 09:01:00",help,Inbound,bob,Voicemail,5552,800,00:03:55,00:04:00,00:00:05,00:00:30,00:00:04,00:03:20,00:00:00,00:00:40,0
3,"Mon, 04 Mar 2024 09:02:00",help,Inbound,[None],No Disposition,5553,800,00:00:45,00:00:48,00:00:05,00:00:40,,00:00:00,00:00:00,00:00:00,1
4,"Mon, 04 Mar 2024 09:03:00",sell,Autodial,[None],No Answer,5554,800,00:00:00,00:00:00,00:00:00,00:00:00,,00:00:00,00:00:00,00:00:00,
""",  # noqa: E501 - rows as they are exported
        (3, 2, 1, 1 / 3, 22.5, 185.0),
    ),
    (
        "NICE CXone Call Detail",
        {"columns": {"wait": "InQueue", "talk": "Agent_Time"}},
        """\
Contact_ID,Media_Name,Skill_Name,Agent_Name,SLA,Start_Date,Start_Time,PreQueue,InQueue,Agent_Time,PostQueue,Total_Time,Abandon_Time,Abandon
1,Call,help,Ann,0,03/14/2024,09:00:00,5,15,100,0,120,0,N
2,Call,help,Bob,1,03/14/2024,09:01:00,5,30,200,0,235,0,N
3,Call,help,,1,03/14/2024,09:02:00,5,40,0,0,45,45,Y
""",
        (3, 2, 1, 1 / 3, 22.5, 150.0),
    ),
    (
        "Dialpad",
        {"where": "target_kind=CallCenter", "units": {"talk": "min"}},
        """\
date_started,call_id,target_kind,category,direction,categories,external_number,internal_number,date_queued,date_first_rang,date_connected,date_ended,talk_duration,voicemail,entry_point_call_id,email,name
2024-03-04 09:00:00,1,CallCenter,incoming,inbound,"answered,inbound",+1555,+1800,2024-03-04 09:00:02,,2024-03-04 09:00:15,2024-03-04 09:01:55,1.6666666666666667,false,,,
2024-03-04 09:00:00,11,UserProfile,incoming,inbound,"answered,inbound",,,,,2024-03-04 09:00:15,2024-03-04 09:01:55,1.6666666666666667,false,1,a@x.com,Ann
2024-03-04 09:01:00,2,CallCenter,incoming,inbound,"answered,inbound",+1556,+1800,2024-03-04 09:01:02,,2024-03-04 09:01:30,2024-03-04 09:04:50,3.3333333333333335,false,,,
2024-03-04 09:02:00,3,CallCenter,abandoned,inbound,"abandoned,inbound",+1557,+1800,2024-03-04 09:02:02,,,2024-03-04 09:02:40,,false,,,
2024-03-04 09:03:00,4,CallCenter,outgoing,outbound,"answered,outbound",+1558,+1800,,,2024-03-04 09:03:05,2024-03-04 09:04:05,1,false,,,
""",  # noqa: E501 - rows as they are exported
        (3, 2, 1, 1 / 3, 22.5, 150.0),
    ),
    (
        "Cisco UCCE Termination_Call_Detail",
        {
            "columns": {"wait": "LocalQTime", "outcome": "CallDisposition"},
            "words": {"outcome": {"13": "answered", "2": "abandoned"}},
        },
        """\
DateTime,RouterCallKey,AgentSkillTargetID,CallDisposition,Duration,RingTime,DelayTime,HoldTime,TalkTime,WorkTime,LocalQTime,ANI
2024-03-04 09:02:25,1,5001,13,145,0,0,10,100,20,15,5551
2024-03-04 09:05:30,2,5002,13,270,0,0,0,200,40,30,5552
2024-03-04 09:02:40,3,,2,40,0,0,0,0,0,40,5553
""",
        (3, 2, 1, 1 / 3, 22.5, 185.0),
    ),
]

#: What systems call the states of their agents: the words that are read as they are, each with the
#: state that it is, and those that are asked about.
STATES = {
    "Cisco Finesse": (
        """
            READY=available NOT_READY=aux RESERVED=ring TALKING=talk HOLD=hold WORK=acw
            WORK_READY=acw LOGOUT=offline""",
        "RESERVED_OUTBOUND LOGIN",
    ),
    "Cisco UCCX": (
        "Logged-Out=offline Not-Ready=aux Ready=available Reserved=ring Talking=talk",
        "Working Logged-In",
    ),
    "Webex Contact Center": (
        "Ringing=ring Connected=talk Call-On-Hold=hold Wrap-Up=acw RONA=aux",
        "Available Idle",
    ),
    "Genesys Cloud": (
        """
            Interacting=talk Not-Responding=aux Away=aux Break=break Meal=break Meeting=training
            Training=training Offline=offline""",
        "On-Queue Available Busy Communicating Out-of-Office",
    ),
    "Avaya CMS": (
        """
            AVAIL=available RINGING=ring ACD=talk DACD=talk ACW=acw DACW=acw AUX=aux
            UNSTAFF=offline""",
        "OTHER UNKNOWN",
    ),
    "Talkdesk": (
        "Available=available On-a-Call=talk After-Call-Work=acw Away=aux Offline=offline",
        "",
    ),
    "Zendesk Talk": ("on_call=talk wrap_up=acw away=aux offline=offline", "online transfers_only"),
    "Amazon Connect": (
        """
            CONNECTING=ring CONNECTED=talk CONNECTED_ONHOLD=hold Available=available
            Offline=offline""",
        "INCOMING PENDING ENDED MISSED REJECTED ERROR",
    ),
    "Aircall": (
        """
            available=available in_call=talk after_call_work=acw do_not_disturb=aux
            offline=offline""",
        "custom",
    ),
    "FreeSWITCH mod_callcenter": (
        "Receiving=ring In-a-queue-call=talk On-Break=break Logged-Out=offline",
        "Idle Waiting",
    ),
    "Vonage": (
        "Ready=available Away=aux ExtendedAway=aux LoggedOut=offline Wrap=acw",
        "ReadyRFO Busy",
    ),
    "Huawei CEC": (
        """
            空闲状态=available 通话状态=talk 调整态=acw 示忙状态=aux 休息状态=break
            学习状态=training 未签入状态=offline""",
        "预占用状态 占用状态 应答状态 工作状态",
    ),
    "Aliyun": (
        "空闲=available 响铃=ring 通话=talk 整理=acw 置忙=aux PAUSE=aux WRAPUP=acw",
        "呼叫中 BUSY",
    ),
    "Tencent Cloud Contact Center": (
        """
            free=available arrange=acw notReady=aux rest=break After-call-work=acw
            On-break=break""",
        "busy In-line",
    ),
    "NICE CXone": (
        "Available=available InboundPending=ring",
        "OutboundPending ConsultPending TransferPending Refused HeldPartyAbandoned",
    ),
    "Twilio": ("Available=available Unavailable=aux Offline=offline Reserved=ring", "Busy"),
    "VICIdial": ("READY=available INCALL=talk PAUSED=aux", "QUEUE MQUEUE CLOSER"),
}

#: One log in several languages: three calls and one that is no queue entry, 12, 65 and 8 s of wait,
#: 185 s of talk, one answered.
LANGUAGES = {
    "Spanish": """
Fecha Inicio,Hora Inicio,Fecha Fin,Hora Fin,Duración,Tiempo Espera,Cola,Agente,Tipo,Estado
2024-03-04,09:00:00,2024-03-04,09:03:17,197,12,ventas,ana,Entrante,Atendida
2024-03-04,09:01:00,2024-03-04,09:02:05,65,65,ventas,,Entrante,Abandonada
2024-03-04,09:02:00,2024-03-04,09:02:08,8,8,ventas,,Entrante,No contestada
2024-03-04,09:03:00,2024-03-04,09:04:00,60,0,ventas,ana,Saliente,Contestada
""",
    "German": """
Datum,Uhrzeit,Warteschlange,Richtung,Anrufer,Wartezeit (Sek.),Gesprächsdauer (Sek.),Status
04.03.2024,09:00:00,Verkauf,Eingehend,5551,12,185,Angenommen
04.03.2024,09:01:00,Verkauf,Eingehend,5552,65,,Aufgegeben
04.03.2024,09:02:00,Verkauf,Eingehend,5553,8,,Nicht angenommen
04.03.2024,09:03:00,Verkauf,Ausgehend,5554,0,60,Angenommen
""",
    "French": """
Date de début,Heure de début,File d'attente,Sens,Durée d'attente,Temps de conversation,Statut
2024-03-04,09:00:00,ventes,Entrant,12,185,Répondu
2024-03-04,09:01:00,ventes,Entrant,65,,Abandonné
2024-03-04,09:02:00,ventes,Entrant,8,,Non répondu
2024-03-04,09:03:00,ventes,Sortant,0,60,Répondu
""",
    "Portuguese": """
Data Início,Hora Início,Fila,Direção,Duração Espera,Tempo de conversação,Status
2024-03-04,09:00:00,vendas,Entrada,12,185,Completada
2024-03-04,09:01:00,vendas,Entrada,65,,Abandonada
2024-03-04,09:02:00,vendas,Entrada,8,,Não atendida
2024-03-04,09:03:00,vendas,Saída,0,60,Completada
""",
    "Chinese": """
入队列时间,队列,通话方向,排队时长,接听时长,通话时长,通话结果
2024-03-04 09:00:00,销售,呼入,12,185,197,正常结束
2024-03-04 09:01:00,销售,呼入,65,0,65,排队放弃
2024-03-04 09:02:00,销售,呼入,8,0,8,无应答
2024-03-04 09:03:00,销售,呼出,0,60,60,正常结束
""",
}
