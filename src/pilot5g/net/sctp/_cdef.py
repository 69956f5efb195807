"""The part of usrsctp's interface that is used, as C declarations, and its constants.

Structures that only travel through setsockopt and notifications are packed with `struct` instead: they are
plain integers. The numbers are those of <usrsctp.h> 0.9.5 on Linux; a test compares them with the header
where it is installed.
"""

from __future__ import annotations

CDEF = """
struct socket;
struct sockaddr_conn { uint16_t sconn_family; uint16_t sconn_port; void *sconn_addr; };
struct sctp_rcvinfo {
    uint16_t rcv_sid, rcv_ssn, rcv_flags;
    uint32_t rcv_ppid, rcv_tsn, rcv_cumtsn, rcv_context, rcv_assoc_id;
};
struct sctp_sndinfo { uint16_t snd_sid, snd_flags; uint32_t snd_ppid, snd_context, snd_assoc_id; };
void usrsctp_init_nothreads(uint16_t, int (*)(void *, void *, size_t, uint8_t, uint8_t), void *);
struct socket *usrsctp_socket(int, int, int, void *, void *, uint32_t, void *);
int usrsctp_setsockopt(struct socket *, int, int, const void *, uint32_t);
int usrsctp_getsockopt(struct socket *, int, int, void *, uint32_t *);
ssize_t usrsctp_sendv(struct socket *, const void *, size_t, void *, int, void *, uint32_t, unsigned int,
    int);
ssize_t usrsctp_recvv(struct socket *, void *, size_t, void *, uint32_t *, void *, uint32_t *, unsigned int *,
    int *);
int usrsctp_bind(struct socket *, void *, uint32_t);
int usrsctp_listen(struct socket *, int);
struct socket *usrsctp_accept(struct socket *, void *, uint32_t *);
int usrsctp_connect(struct socket *, void *, uint32_t);
void usrsctp_close(struct socket *);
int usrsctp_shutdown(struct socket *, int);
void usrsctp_conninput(void *, const void *, size_t, uint8_t);
int usrsctp_set_non_blocking(struct socket *, int);
void usrsctp_register_address(void *);
void usrsctp_deregister_address(void *);
int usrsctp_set_upcall(struct socket *, void (*)(struct socket *, void *, int), void *);
void usrsctp_handle_timers(uint32_t);
uint32_t usrsctp_crc32c(void *, size_t);
int usrsctp_sysctl_set_sctp_sendspace(uint32_t);
int usrsctp_sysctl_set_sctp_recvspace(uint32_t);
int usrsctp_sysctl_set_sctp_ecn_enable(uint32_t);
int usrsctp_sysctl_set_sctp_asconf_enable(uint32_t);
int usrsctp_sysctl_set_sctp_auth_enable(uint32_t);
int usrsctp_sysctl_set_sctp_reconfig_enable(uint32_t);
int usrsctp_sysctl_set_sctp_nrsack_enable(uint32_t);
int usrsctp_sysctl_set_sctp_pktdrop_enable(uint32_t);
int usrsctp_sysctl_set_sctp_max_chunks_on_queue(uint32_t);
"""

SYSCTLS = {
    "sendspace": 1 << 20,
    "recvspace": 1 << 20,
    "max_chunks_on_queue": 8192,
    # what NGAP has no use for is not offered to a hostile peer
    "ecn_enable": 0,
    "asconf_enable": 0,
    "auth_enable": 0,
    "reconfig_enable": 0,
    "nrsack_enable": 0,
    "pktdrop_enable": 0,
}

AF_CONN = 123
SOCK_STREAM = 1
IPPROTO_SCTP = 132
SHUT_WR = 1
MSG_NOTIFICATION = 0x2000
MSG_EOR = 0x80
"""The system's own value: the 0x8 in the header is for Windows."""

SOL_SOCKET, SO_ERROR, SO_LINGER = 1, 4, 13

SCTP_RTOINFO = 0x01
SCTP_ASSOCINFO = 0x02
SCTP_INITMSG = 0x03
SCTP_NODELAY = 0x04
SCTP_PEER_ADDR_PARAMS = 0x0A
SCTP_DELAYED_SACK = 0x0F
SCTP_EVENT = 0x1E
SCTP_RECVRCVINFO = 0x1F
SPP_HB_ENABLE = 0x01
SPP_PMTUD_DISABLE = 0x10
SCTP_SENDV_SNDINFO = 1

SCTP_ASSOC_CHANGE = 0x0001
SCTP_PEER_ADDR_CHANGE = 0x0002
SCTP_COMM_UP = 1
SCTP_COMM_LOST = 2
SCTP_RESTART = 3
SCTP_SHUTDOWN_COMP = 4
SCTP_CANT_STR_ASSOC = 5
