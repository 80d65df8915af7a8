#!/usr/bin/env bash
# A real Postfix and a real Dovecot on loopback, in a folder of their own: nothing below /etc is
# touched. `servers.sh up DIR` starts them, `servers.sh down DIR` stops them. Needs root, because
# Postfix does, and the packages postfix, dovecot-imapd and openssl.
#
# Accounts: me@post.test (password mine), desk@post.test (password theirs). Mail to
# nobody@post.test comes back as a genuine report. Submission 12587 (STARTTLS), IMAP 12993 (TLS).
set -euo pipefail
dir=$(realpath -m "$2")

certificates() {
    mkdir -p "$dir/tls" && cd "$dir/tls"
    openssl req -x509 -newkey rsa:2048 -nodes -days 2 -subj "/CN=loopback root" \
        -keyout root.key -out root.pem -addext keyUsage=critical,keyCertSign
    openssl req -newkey rsa:2048 -nodes -subj "/CN=localhost" -keyout key.pem -out request.pem
    printf 'subjectAltName=DNS:localhost\nbasicConstraints=CA:FALSE\n' >names
    openssl x509 -req -in request.pem -CA root.pem -CAkey root.key -CAcreateserial -days 2 \
        -extfile names -out own.pem
    cat own.pem root.pem >chain.pem
}

dovecot_settings() {
    local user group
    user=$(id -u dovecot) group=$(id -g dovecot)
    mkdir -p "$dir/mail" "$dir/dovecot"
    chown -R "$user:$group" "$dir/mail"
    printf 'me@post.test:{PLAIN}mine\ndesk@post.test:{PLAIN}theirs\n' >"$dir/accounts"
    cat >"$dir/dovecot.conf" <<END
base_dir = $dir/dovecot
state_dir = $dir/dovecot
log_path = $dir/dovecot.log
protocols = imap
listen = 127.0.0.1
ssl = required
ssl_cert = <$dir/tls/chain.pem
ssl_key = <$dir/tls/key.pem
auth_mechanisms = plain login
mail_location = maildir:$dir/mail/%n
first_valid_uid = 1
mail_uid = $user
mail_gid = $group
passdb {
  driver = passwd-file
  args = scheme=plain username_format=%u $dir/accounts
}
userdb {
  driver = static
  args = uid=$user gid=$group home=$dir/mail/%n
}
service imap-login {
  inet_listener imap {
    port = 0
  }
  inet_listener imaps {
    port = 12993
    ssl = yes
  }
}
service auth {
  unix_listener $dir/queue/auth {
    mode = 0666
  }
}
namespace inbox {
  inbox = yes
}
END
}

postfix_settings() {
    local user
    user=$(id -u dovecot)
    mkdir -p "$dir/postfix" "$dir/data" "$dir/queue"
    chown postfix "$dir/data"
    cat >"$dir/postfix/main.cf" <<END
compatibility_level = 3.6
queue_directory = $dir/queue
data_directory = $dir/data
command_directory = /usr/sbin
daemon_directory = /usr/lib/postfix/sbin
mail_owner = postfix
setgid_group = postdrop
maillog_file = $dir/postfix.log
maillog_file_prefixes = $dir
inet_interfaces = 127.0.0.1
inet_protocols = ipv4
myhostname = post.test
mydestination =
mynetworks =
alias_maps =
local_recipient_maps =
virtual_mailbox_domains = post.test
virtual_mailbox_maps = inline:{ me@post.test=me/, desk@post.test=desk/, nobody@post.test=nobody/ }
virtual_mailbox_base = $dir/mail
virtual_uid_maps = static:$user
virtual_gid_maps = static:$(id -g dovecot)
virtual_minimum_uid = 1
transport_maps = inline:{ nobody@post.test=unknown: }
default_transport = error:5.7.1 nothing leaves this machine
relay_transport = error:5.7.1 nothing leaves this machine
message_size_limit = 52428800
virtual_mailbox_limit = 0
smtpd_tls_cert_file = $dir/tls/chain.pem
smtpd_tls_key_file = $dir/tls/key.pem
smtpd_tls_security_level = encrypt
smtpd_sasl_auth_enable = yes
smtpd_sasl_type = dovecot
smtpd_sasl_path = auth
smtpd_recipient_restrictions = permit_sasl_authenticated,reject
END
    cat >"$dir/postfix/master.cf" <<END
127.0.0.1:12587 inet n - n - - smtpd
cleanup unix n - n - 0 cleanup
qmgr unix n - n 300 1 qmgr
tlsmgr unix - - n 1000? 1 tlsmgr
rewrite unix - - n - - trivial-rewrite
bounce unix - - n - 0 bounce
defer unix - - n - 0 bounce
trace unix - - n - 0 bounce
anvil unix - - n - 1 anvil
proxymap unix - - n - - proxymap
error unix - - n - - error
retry unix - - n - - error
virtual unix - n n - - virtual
unknown unix - n n - - pipe flags= user=nobody argv=/bin/sh -c {exit 67}
postlog unix-dgram n - n - 1 postlogd
END
}

wait_for() {
    for _ in $(seq 200); do
        (exec 3<>"/dev/tcp/127.0.0.1/$1") 2>/dev/null && return
        sleep 0.05
    done
    echo "nothing listens on $1" >&2
    exit 1
}

up() {
    mkdir -p "$dir"
    chmod 755 "$dir"
    certificates >"$dir/openssl.log" 2>&1
    dovecot_settings
    postfix_settings
    # A daemon keeps whatever output it inherits open: it gets files.
    dovecot -c "$dir/dovecot.conf" </dev/null >"$dir/start.log" 2>&1
    postfix -c "$dir/postfix" start </dev/null >>"$dir/start.log" 2>&1
    wait_for 12587
    wait_for 12993
}

down() {
    postfix -c "$dir/postfix" stop </dev/null >/dev/null 2>&1 || true
    doveadm -c "$dir/dovecot.conf" stop </dev/null >/dev/null 2>&1 || true
}

"$1"
