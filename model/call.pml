/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Terminals, a relay and their calls, for spin; model/README.md says what it
 * is and is not. What an end of a connection does with what comes is not
 * written here: it is asked of the program (tables.pml, by model/promela.c).
 * Here is the world around: users, TCP, losses, deadlines, and the rules that
 * nothing may break.
 *
 * A configuration sets these:
 */
#ifndef CONNS
#define CONNS 2 /* connections, 2 to 4 */
#endif
#ifndef OWNER
#define OWNER(i) (i) /* whose a connection is */
#endif
#ifndef TERMINALS
#define TERMINALS CONNS
#endif
#ifndef DIALS
#define DIALS 2 /* calls asked for, in all */
#endif
#ifndef SPEECHES
#define SPEECHES 0 /* DATA said, in all */
#endif
#ifndef LOSSES
#define LOSSES 0 /* connections that break */
#endif
#ifndef CRASHES
#define CRASHES 0 /* losses of the whole relay */
#endif
#ifndef GOINGS
#define GOINGS 0 /* connections closed by either end in good order */
#endif
#ifndef UNRELEASED
#define UNRELEASED 0 /* deadlines of a RELEASE that pass */
#endif
#ifndef STALLS
#define STALLS 0 /* calls in which the worker sees nothing move */
#endif
#ifndef PINGS
#define PINGS 0
#endif
#ifndef LOGINS
#define LOGINS 0 /* connections that come up later, or again */
#endif
#ifndef STARTS_UP
#define STARTS_UP(i) true
#endif
/* And WORKER: the relay's control and worker are two, with mailboxes. */

#ifndef EAGER
#define EAGER false /* a callee speaks before it is spoken to */
#endif
#ifndef IS_FREE
#define IS_FREE(i) (session[i] == SESSION_IDLE) /* may be offered a call */
#endif

#define ROOM 12 /* messages in one direction, mails: more than are ever used */
#define MAIL 14
#define NOBODY CONNS
#define CALLS (DIALS + 1)

/* Whom a row of the relay's table speaks of. */
#define SELF c
#define MATE m
#define THIRD t

#include "tables.pml"

mtype:rule = { FORBIDDEN, JOINED, DISCARDED }
mtype:number = { NONE, OWN, HEARD }
mtype = { SEND, SHUT, JOIN, DISCARD, FORBID, READ, CONTROL, MAIL_CAME }

/* Each row that is used says so once: model/run holds them against all rows. */
c_decl {
	static unsigned char used_rows[2][64][64][2];
	static void use_row(int side, int state, int event, int same)
	{
		unsigned char *used = &used_rows[side][state][event][same];

		if (!*used)
			printf("used %d %d %d %d\n", side, state, event, same);
		*used = 1;
	}
}

/* --- the wires: message, call, request; CLOSED is the last --- */
chan up[CONNS] = [ROOM] of { mtype, byte, byte };
chan down[CONNS] = [ROOM] of { mtype, byte, byte };
bool up_shut[CONNS], down_shut[CONNS]; /* CLOSED is said */
bool broken[CONNS];		       /* what is said now is lost */

/* --- the terminals' ends --- */
mtype:line line[CONNS];
byte line_call[CONNS];
byte line_request[CONNS];
byte owed[CONNS];	 /* a bit a request that has no answer yet */
bool may_speak[CONNS];	 /* is the caller, or has heard the caller */
chan said = [2] of { mtype, byte }; /* in the step that is being done */
mtype login_word[CONNS]; /* the login's SAID or PROVEN is next */

/* --- the relay's ends: control's --- */
mtype:session session[CONNS];
byte call_of[CONNS]; /* also the one that is being cleared */
byte mate_of[CONNS];
byte asked[CONNS]; /* of a caller: its request */
byte checks[CONNS]; /* AUTHs: the first of two, the second, being checked */
bool offered_again[CALLS];
byte calls; /* numbers given */

/* --- the relay's ends: the worker's --- */
mtype:rule rule[CONNS]; /* what becomes of DATA */
byte peer[CONNS];
bool gone[CONNS];
chan events = [MAIL] of { byte, mtype, byte, byte };
chan orders = [MAIL] of { mtype, byte, byte, mtype, byte, byte };

/* --- what only the checks look at: terminals --- */
byte caller_of[CALLS], callee_of[CALLS];

/* --- what may still happen --- */
byte dials = DIALS, speeches = SPEECHES, losses = LOSSES, crashes = CRASHES;
byte goings = GOINGS, unreleased = UNRELEASED, pings = PINGS, logins = LOGINS;
byte stalls = STALLS;

/* --- rules --- */

inline violation(s, e)
{
	printf("violation: state %e, event %e\n", s, e);
	assert(false);
}

/* The relay's ends agree among themselves after each of its steps. */
inline check_session(i)
{
	if
	:: session[i] == SESSION_CALLING ->
		assert(mate_of[i] != NOBODY);
		assert(session[mate_of[i]] == SESSION_OFFERED);
		assert(mate_of[mate_of[i]] == i);
		assert(call_of[mate_of[i]] == call_of[i]);
		assert(caller_of[call_of[i]] == OWNER(i));
		assert(callee_of[call_of[i]] == OWNER(mate_of[i]))
	:: session[i] == SESSION_OFFERED || session[i] == SESSION_CALL ->
		assert(mate_of[i] != NOBODY);
		assert(session[mate_of[i]] == SESSION_CALLING ||
		       session[mate_of[i]] == SESSION_CALL);
		assert(mate_of[mate_of[i]] == i);
		assert(call_of[mate_of[i]] == call_of[i])
	:: else -> assert(mate_of[i] == NOBODY)
	fi
}

/* When nothing is under way on a connection its two ends agree. */
#ifdef WORKER
#define NO_MAIL (len(events) == 0 && len(orders) == 0)
#else
#define NO_MAIL true
#endif
#define UP(i) (line[i] != LINE_DIALLING && line[i] != LINE_HELLO && \
	       line[i] != LINE_LOGIN && line[i] != LINE_GOING)
#define WHOLE(i) (!broken[i] && !up_shut[i] && !down_shut[i])
inline check_quiet(i)
{
	if
	:: len(up[i]) == 0 && len(down[i]) == 0 && NO_MAIL && WHOLE(i) &&
	   login_word[i] == 0 && checks[i] == 0 ->
		if
		:: line[i] == LINE_DIALLING ->
			assert(session[i] == SESSION_GONE)
		:: line[i] == LINE_IDLE ->
			assert(session[i] == SESSION_IDLE)
		:: line[i] == LINE_CALLING ->
			assert(session[i] == SESSION_CALLING);
			assert(asked[i] == line_request[i])
		:: line[i] == LINE_OFFERED ->
			assert(session[i] == SESSION_OFFERED);
			assert(call_of[i] == line_call[i])
		:: line[i] == LINE_CALL ->
			assert(session[i] == SESSION_CALL);
			assert(call_of[i] == line_call[i])
		:: else -> assert(false)
		fi;
		assert(line[i] == LINE_CALLING || owed[i] == 0)
	:: else
	fi
}

inline check_all()
{
	check_session(0); check_quiet(0);
	check_session(1); check_quiet(1);
#if CONNS > 2
	check_session(2); check_quiet(2);
#endif
#if CONNS > 3
	check_session(3); check_quiet(3);
#endif
}

/* --- a terminal's end: what the rows are made of --- */

inline next_is(S)
{
	line[i] = S
}

inline ask_anew()
{
	line_request[i]++
}

inline call_is(whose)
{
	line_call[i] = (whose == HEARD -> n : 0)
}

/* CONNECT carries whom to call in the place of a call. */
inline say(what, whose)
{
	said!what, (what == CONNECT || whose == HEARD -> n :
		    (whose == OWN -> line_call[i] : 0))
}

inline hang_up()
{
	said!CLOSED, 0
}

/* The shell asks the login at once, and it has one word to each. */
inline log_in()
{
	login_word[i] = (e == WELCOME -> PROVEN : SAID)
}

/* What was said goes off; CLOSED goes even from a broken connection, for it
 * stands for the relay's noticing. */
inline send_said()
{
	do
	:: said?e, n ->
		if
		:: up_shut[i] || broken[i] && e != CLOSED
		:: else ->
			up_shut[i] = (e == CLOSED);
			up[i]!e, n, (e == CONNECT -> line_request[i] : 0)
		fi
	:: len(said) == 0 -> break
	od
}

/* The connection is gone: core/client.c forgets the line. */
inline forget_line()
{
	hang_up();
	line[i] = LINE_DIALLING;
	line_call[i] = 0;
	line_request[i] = 0;
	owed[i] = 0;
	may_speak[i] = false;
	login_word[i] = 0
}

inline check_heard()
{
	if
	:: e == FAILED || e == CONNECTED ->
		/* One answer to each request, none to what was not asked. */
		assert(owed[i] & (1 << r));
		owed[i] = owed[i] & ~(1 << r)
	:: e == DATA && line[i] == LINE_CALL ->
		assert(n == line_call[i]); /* not another call's */
		may_speak[i] = true
	:: else
	fi
}

inline check_said()
{
	if
	:: e == DO_DIAL -> owed[i] = owed[i] | (1 << line_request[i])
	:: e == CONNECTED && line[i] == LINE_CALL ->
		may_speak[i] = true;
		assert(caller_of[n] == OWNER(i))
	:: e == DO_ACCEPT ->
		may_speak[i] = EAGER;
		assert(callee_of[line_call[i]] == OWNER(i))
	:: else
	fi;
	if
	:: line[i] != LINE_CALL -> may_speak[i] = false
	:: else
	fi
}

/* Of the number in CANCEL, of the request in an answer; HELLO's version is
 * always ours. */
inline compare_line()
{
	if
	:: e == CANCEL -> same = (n == line_call[i])
	:: e == CONNECTED || e == FAILED -> same = (r == line_request[i])
	:: else -> same = true
	fi
}

inline happens(E)
{
	e = E; n = 0; r = 0
}

proctype terminal(byte i)
{
	mtype e;
	byte n, r;
	bool same;
end:
	atomic {
		if
		:: login_word[i] != 0 -> happens(login_word[i]); login_word[i] = 0
		:: login_word[i] == 0 && nempty(down[i]) ->
			down[i]?e, n, r
		:: line[i] == LINE_IDLE && dials > 0 ->
			happens(DO_DIAL);
			dials--;
			if
			:: OWNER(i) != 0 -> n = 0
			:: OWNER(i) != 1 -> n = 1
#if TERMINALS > 2
			:: OWNER(i) != 2 -> n = 2
#endif
			fi
		:: line[i] == LINE_CALLING || line[i] == LINE_CALL ||
		   line[i] == LINE_OFFERED ->
			happens(DO_HANG_UP)
		:: line[i] == LINE_OFFERED -> happens(DO_ACCEPT)
		:: line[i] == LINE_OFFERED -> happens(DO_REFUSE)
		:: line[i] != LINE_GOING && line[i] != LINE_DIALLING &&
		   goings > 0 && login_word[i] == 0 ->
			happens(DO_LEAVE); goings--
		:: may_speak[i] && speeches > 0 ->
			/* The terminal's transfer speaks, not the line. */
			speeches--; said!DATA, line_call[i]; e = 0
		:: UP(i) && pings > 0 && WHOLE(i) ->
			pings--; said!PING, 0; e = 0
		fi;
		d_step {
			if
			:: e == 0 /* said already */
			:: e == CLOSED ->
				c_code {
					use_row(0, now.line[Pterminal->i],
						Pterminal->e, 0);
				}
				forget_line()
			:: else ->
				check_heard();
				compare_line();
				c_code {
					use_row(0, now.line[Pterminal->i],
						Pterminal->e, Pterminal->same);
				}
				line_rule(line[i], e, same);
				check_said()
			fi;
			send_said();
			e = 0; n = 0; r = 0; same = false;
			check_quiet(i)
		}
	}
	goto end
}

/* --- the relay's end: what the rows are made of --- */

/* What comes next for each; 0: what was. */
inline own(S)
{
	own_next = S
}

inline mate(S)
{
	mate_next = S
}

inline third(S)
{
	third_next = S
}

inline tell(whom, what, whose)
{
	orders!SEND(whom, NOBODY, what,
		(what == INCOMING || what == CANCEL || what == CONNECTED -> k : 0),
		(what == CONNECTED -> q :
		 (what == FAILED -> (whose == HEARD -> r : q) : 0)))
}

inline order(what, whom)
{
	orders!what(whom, (whom == m -> c : m), 0, 0, 0)
}

inline check_login()
{
	checks[c]++
}

inline leave_call(i)
{
	mate_of[i] = NOBODY;
	asked[i] = 0
}

/* Carries the next states out. k, m, q: the call, the mate and the caller's
 * request as they were before; t: the one that is free. */
inline settle()
{
	if
	:: own_next == 0
	:: own_next == SESSION_CALLING ->
		call_of[c] = k; mate_of[c] = t; asked[c] = q
	:: own_next == SESSION_CLEARING -> leave_call(c)
	:: own_next == SESSION_CALL -> asked[c] = 0
	:: else -> call_of[c] = 0; leave_call(c); checks[c] = 0
	fi;
	if
	:: mate_next == 0
	:: mate_next == SESSION_CLEARING -> leave_call(m)
	:: mate_next == SESSION_IDLE -> call_of[m] = 0; leave_call(m)
	:: else -> asked[m] = 0
	fi;
	if
	:: third_next == 0
	:: third_next != 0 && own_next == SESSION_CALLING ->
		call_of[t] = k; mate_of[t] = c
	:: else -> /* offered again */
		call_of[t] = k; mate_of[t] = m; mate_of[m] = t;
		offered_again[k] = true
	fi;
	session[c] = (own_next != 0 -> own_next : session[c]);
	if
	:: mate_next != 0 -> session[m] = mate_next
	:: else
	fi;
	if
	:: third_next != 0 -> session[t] = third_next
	:: else
	fi;
	own_next = 0; mate_next = 0; third_next = 0
}

/* --- control: one event --- */

/* Any idle connection of a terminal but c, or none. */
inline choose_free(whose)
{
	if
	:: OWNER(0) == whose && c != 0 && IS_FREE(0) -> t = 0
	:: OWNER(1) == whose && c != 1 && IS_FREE(1) -> t = 1
#if CONNS > 2
	:: OWNER(2) == whose && c != 2 && IS_FREE(2) -> t = 2
#endif
#if CONNS > 3
	:: OWNER(3) == whose && c != 3 && IS_FREE(3) -> t = 3
#endif
	:: t = NOBODY /* a cap, another group: FAILED */
	fi
}

inline prepare()
{
	k = call_of[c];
	m = mate_of[c];
	t = NOBODY;
	q = (session[c] == SESSION_CALLING || m == NOBODY -> asked[c] : asked[m]);
	if
	:: e == CONNECT && session[c] == SESSION_IDLE ->
		choose_free(n);
		if
		:: t != NOBODY ->
			calls++;
			k = calls;
			q = r;
			caller_of[k] = OWNER(c);
			callee_of[k] = n
		:: else
		fi;
		same = (t != NOBODY)
	:: (e == BYE || e == LOST) && session[c] == SESSION_OFFERED ->
		if
		:: !offered_again[k] -> choose_free(OWNER(c))
		:: else
		fi;
		same = (t != NOBODY)
	:: else -> same = (n == k)
	fi
}

/* --- the worker --- */

inline put_down(i, what, a, b)
{
	if
	:: broken[i] || down_shut[i]
	:: else -> down[i]!what(a, b)
	fi
}

inline shut_down(i)
{
	if
	:: down_shut[i]
	:: else -> down_shut[i] = true; down[i]!CLOSED(0, 0)
	fi
}

inline unjoin(i, R)
{
	rule[i] = R;
	peer[i] = NOBODY
}

inline carry_out()
{
	if
	:: gone[c]
	:: !gone[c] && o == SEND -> put_down(c, e, n, r)
	:: !gone[c] && o == SHUT -> shut_down(c)
	:: !gone[c] && o == JOIN ->
		if
		:: gone[m]
		:: else ->
			peer[c] = m; peer[m] = c;
			rule[c] = JOINED; rule[m] = JOINED
		fi
	:: !gone[c] && o == DISCARD -> unjoin(c, DISCARDED)
	:: !gone[c] && o == FORBID -> unjoin(c, FORBIDDEN)
	fi
}

/* What came on connection c: DATA is passed on here, all else by control. */
inline read_up()
{
	up[c]?e, n, r;
	if
	:: e == DATA && rule[c] == JOINED ->
		m = peer[c];
		if
		:: m != NOBODY && peer[m] == c -> put_down(m, DATA, n, 0)
		:: else /* the far side has left the call */
		fi
	:: e == DATA && rule[c] == DISCARDED
	:: e == CLOSED ->
		gone[c] = true;
		shut_down(c);
		m = peer[c];
		if
		:: m != NOBODY && peer[m] == c -> peer[m] = NOBODY
		:: else
		fi;
		unjoin(c, FORBIDDEN);
		events!c, LOST, 0, 0
	:: else -> events!c, e, n, r
	fi
}

#define IS_UP(i) (session[i] != SESSION_GONE && session[i] != SESSION_GOING && \
		  session[i] != SESSION_HELLO && session[i] != SESSION_AUTH)
/* Deadlines, verdicts of logins, and what an administrator does. */
#define DUE(i) \
	   session[i] == SESSION_OFFERED -> c = i; e = LATE \
	:: session[i] == SESSION_CLEARING && unreleased > 0 -> \
		unreleased--; c = i; e = LATE \
	:: IS_UP(i) && goings > 0 -> \
		goings--; c = i; e = DISABLED \
	:: IS_UP(i) && pings > 0 -> \
		pings--; orders!SEND, i, NOBODY, PING, 0, 0; o = MAIL_CAME \
	:: checks[i] == 1 -> checks[i] = 2; c = i; e = LOGIN_MORE \
	:: checks[i] == 3 -> checks[i] = 0; c = i; e = LOGIN_OK \
	:: checks[i] == 3 -> checks[i] = 0; c = i; e = LOGIN_BAD \
	:: rule[i] == JOINED && stalls > 0 -> \
		stalls--; events!i, STALLED, 0, 0; o = MAIL_CAME

proctype relay()
{
	mtype e, o;
	mtype:session own_next, mate_next, third_next;
	byte c, n, r, m, t, k, q;
	bool same;
end:
	atomic {
		if
		:: nempty(up[0]) -> c = 0; o = READ
		:: nempty(up[1]) -> c = 1; o = READ
		:: DUE(0)
		:: DUE(1)
#if CONNS > 2
		:: nempty(up[2]) -> c = 2; o = READ
		:: DUE(2)
#endif
#if CONNS > 3
		:: nempty(up[3]) -> c = 3; o = READ
		:: DUE(3)
#endif
#ifdef WORKER
		:: events?c, e, n, r
		:: orders?o, c, m, e, n, r
#endif
		fi;
		if
		:: o == READ -> d_step { read_up(); o = MAIL_CAME }
		:: o == 0 -> o = CONTROL
		:: else
		fi;
#ifndef WORKER
		if
		:: o == MAIL_CAME && len(events) > 0 ->
			events?c, e, n, r;
			o = CONTROL
		:: else
		fi;
#endif
		if
		:: o == CONTROL ->
			prepare();
			d_step {
				/* The worker passes on all DATA of a call that
				 * stands: this one would be lost. */
				assert(e != DATA || session[c] != SESSION_CALL);
				c_code {
					use_row(1, now.session[Prelay->c],
						Prelay->e, Prelay->same);
				}
				session_rule(session[c], e, same);
				settle()
			}
#ifdef WORKER
		:: o != CONTROL && o != MAIL_CAME -> carry_out()
#endif
		:: else
		fi;
#ifndef WORKER
		do
		:: orders?o, c, m, e, n, r -> carry_out()
		:: empty(orders) -> break
		od;
#endif
		d_step {
			e = 0; o = 0; c = 0; n = 0; r = 0;
			m = 0; t = 0; k = 0; q = 0; same = false;
			check_all()
		}
	}
	goto end
}

/* --- the world --- */

inline forget_session(i)
{
	session[i] = SESSION_GONE;
	call_of[i] = 0;
	mate_of[i] = NOBODY;
	asked[i] = 0;
	checks[i] = 0;
	rule[i] = FORBIDDEN;
	peer[i] = NOBODY
}

/* What is under way to a terminal may still reach it. */
inline crash(i)
{
	do
	:: nempty(up[i]) -> up[i]?_, _, _
	:: empty(up[i]) -> break
	od;
	if
	:: session[i] != SESSION_GONE || !down_shut[i] ->
		forget_session(i);
		gone[i] = true;
		broken[i] = true;
		up_shut[i] = true
	:: else
	fi
}

inline crash_all()
{
	crashes--;
	crash(0);
	crash(1);
#if CONNS > 2
	crash(2);
#endif
#if CONNS > 3
	crash(3);
#endif
	do
	:: events?_, _, _, _
	:: orders?_, _, _, _, _, _
	:: empty(events) && empty(orders) -> break
	od
}

inline begin(i)
{
	broken[i] = false; up_shut[i] = false; down_shut[i] = false;
	gone[i] = false;
	forget_session(i)
}

/* Both ends learn of a loss, each in its time; then the terminal may come
 * back. TCP, TLS and HELLO's way up to the relay are one step. */
#define FATE(i) \
	   atomic { losses > 0 && WHOLE(i) && \
		 (line[i] != LINE_DIALLING || login_word[i] != 0) -> \
		losses--; broken[i] = true } \
	:: atomic { broken[i] && !up_shut[i] -> \
		up_shut[i] = true; up[i]!CLOSED(0, 0) } \
	:: atomic { broken[i] && !down_shut[i] -> \
		down_shut[i] = true; down[i]!CLOSED(0, 0) } \
	:: atomic { logins > 0 && line[i] == LINE_DIALLING && \
		    login_word[i] == 0 && session[i] == SESSION_GONE && \
		    empty(up[i]) && empty(down[i]) && NO_MAIL && \
		    (WHOLE(i) || up_shut[i] && down_shut[i]) -> \
		logins--; begin(i); \
		session[i] = SESSION_HELLO; login_word[i] = OPENED }

proctype world()
{
end:
	do
	:: FATE(0)
	:: FATE(1)
#if CONNS > 2
	:: FATE(2)
#endif
#if CONNS > 3
	:: FATE(3)
#endif
	:: atomic { crashes > 0 -> crash_all() }
	od
}

inline start(i)
{
	begin(i);
	line[i] = LINE_DIALLING;
	if
	:: STARTS_UP(i) -> line[i] = LINE_IDLE; session[i] = SESSION_IDLE
	:: else
	fi
}

init {
	atomic {
		start(0);
		start(1);
#if CONNS > 2
		start(2);
#endif
#if CONNS > 3
		start(3);
#endif
		run terminal(0);
		run terminal(1);
#if CONNS > 2
		run terminal(2);
#endif
#if CONNS > 3
		run terminal(3);
#endif
		run world();
		run relay()
	}
}
