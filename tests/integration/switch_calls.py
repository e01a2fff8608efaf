"""A call over a trunk as each telephone system writes it, and what would make it nobody's bill."""

# A call of 62 s over a trunk that starts on 3 October 2026 at 10:15:30 in Paris, as each system writes it.
TITLES = (
    "calldate,clid,src,dst,dcontext,channel,dstchannel,lastapp,lastdata,duration,billsec,disposition,amaflags,"
    "accountcode,uniqueid,userfield"
)
FREEPBX = (
    '2026-10-03 10:15:30,"""Accueil"" <101>",+33199001001,0639980012,from-internal,PJSIP/101-0000000a,'
    'PJSIP/trunk-0000000b,Dial,"PJSIP/0639980012@trunk,300,T",70,62,ANSWERED,3,,1791015330.20,'
)
LATER_TITLES = ",recordingfile,cnum,cnam,outbound_cnum,outbound_cnam,dst_cnam,linkedid,peeraccount,sequence"
ASTERISK = (
    '"""Accueil"" <101>","+33199001002","0639980012","default","PJSIP/101-0000000a","PJSIP/trunk-0000000b","Dial",'
    '"PJSIP/0639980012@trunk","2026-10-03 10:15:30","2026-10-03 10:15:38","2026-10-03 10:16:40","70","62","ANSWERED",'
    '"DOCUMENTATION","","1791015330.20","",7'
)
FREESWITCH = (
    '"Accueil","0199001003","0639980012","default","2026-10-03 10:15:30","2026-10-03 10:15:38","2026-10-03 10:16:40",'
    '"70","62","NORMAL_CLEARING","5f1c7d1e-0000-4000-8000-000000000001","","","PCMA","PCMA"'
)
CUCM_TITLES = (
    "cdrRecordType,dateTimeOrigination,callingPartyNumber,finalCalledPartyNumber,dateTimeConnect,pkid,duration,"
    "origDeviceName,destDeviceName"
)
CUCM_TYPES = "INTEGER,INTEGER,VARCHAR(50),VARCHAR(50),INTEGER,UNIQUEIDENTIFIER,INTEGER,VARCHAR(129),VARCHAR(129)"
CUCM = '1,1791015330,"+33199001004","0639980012",1791015338,"5f1c7d1e-0001",62,"SEP001","GATEWAY-A"'
EVENT = """<cdrData><headerModule><recordId><eventCounter>%04d</eventCounter><systemId>S</systemId>
<date>20261003081640.000</date></recordId><type>%s</type></headerModule>%s</cdrData>"""
CALL = """<basicModule><userNumber>+33199001005</userNumber><calledNumber>+33639980012</calledNumber>
<startTime>20261003081530.000</startTime><answerIndicator>Yes</answerIndicator><answerTime>20261003081538.001</answerTime>
<releaseTime>20261003081640.001</releaseTime><chargeIndicator>y</chargeIndicator></basicModule>"""
NO_ANSWER = CALL.replace("Yes", "No").replace("<answerTime>20261003081538.001</answerTime>", "")
EVENTS = (("Start", ""), ("Normal", CALL), ("Normal", NO_ANSWER), ("Failover", CALL), ("End", ""))
BROADWORKS = "".join(EVENT % (number, kind, call) for number, (kind, call) in enumerate(EVENTS, start=1))
WRITTEN = {
    "freepbx_16.csv": ("freepbx", f"{TITLES}\n{FREEPBX}\n"),
    "freepbx_25.csv": ("freepbx", f"{TITLES}{LATER_TITLES}\n{FREEPBX},out.wav,101,Accueil,,,,1791015330.20,,12\n"),
    "Master.csv": ("asterisk", ASTERISK),
    "Master_2.csv": ("freeswitch", FREESWITCH),
    "cdr_Cluster01_02_202610030816_7": ("cisco_cucm", f"{CUCM_TITLES}\n{CUCM_TYPES}\n{CUCM}\n"),
    "BW-CDR-20261003081500-2-as1-000042.xml": ("broadworks", f"<broadWorksCDR>{BROADWORKS}</broadWorksCDR>"),
    # Tickets are written when the call ends.
    "openscape_compressed_2.txt": (
        "openscape_compressed",
        "03.10.26|10:16:32|201|33388||00:01:02|0639980012||2||||||\r\n",
    ),
    "openscape_uncompressed_2.txt": (
        "openscape_uncompressed",
        "Datum|Uhrzeit|Lt|Tln|Ruf|Dauer|Rufnummer|Betrag|I|\r\n03.10.26|10:16:32|201|33389||00:01:02|0639980012||2|\r\n",
    ),
}


# What would make the call above nobody's bill, and why.
FREE = [
    ("Master.csv", '"PJSIP/trunk-0000000b"', '""', "announcement"),
    ("Master.csv", '"Dial"', '"VoiceMail"', "announcement"),
    ("Master.csv", "DOCUMENTATION", "OMIT", "omitted"),
    ("Master.csv", '"62"', '"0"', "zero_duration"),
    ("Master_2.csv", "0639980012", "1002", "internal"),
    ("Master_2.csv", '"62"', '"0"', "zero_duration"),
    ("freepbx_16.csv", "from-internal", "from-trunk", "incoming"),
    ("freepbx_16.csv", "ANSWERED,3", "ANSWERED,1", "omitted"),
    ("freepbx_16.csv", ",62,", ",0,", "zero_duration"),
    ("cdr_Cluster01_02_202610030816_7", "1791015338", "0", "not_answered"),
    ("cdr_Cluster01_02_202610030816_7", ",62,", ",0,", "zero_duration"),
    ("cdr_Cluster01_02_202610030816_7", "GATEWAY-A", "SEP002", "internal"),
    ("BW-CDR-20261003081500-2-as1-000042.xml", "<chargeIndicator>y", "<chargeIndicator>n", "no_charge"),
    ("BW-CDR-20261003081500-2-as1-000042.xml", "081538.001", "081640.001", "zero_duration"),
    ("BW-CDR-20261003081500-2-as1-000042.xml", "<userN", "<direction>Terminating</direction><userN", "incoming"),
    ("openscape_compressed_2.txt", "00:01:02", "00:00:00", "zero_duration"),
    ("openscape_uncompressed_2.txt", "00:01:02", "00:00:00", "zero_duration"),
]
