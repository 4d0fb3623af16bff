/* SPDX-License-Identifier: Apache-2.0 */
/* Tells the service manager how we are (the datagram of sd_notify(3)). */
#pragma once

/* "READY=1", "STOPPING=1". Does nothing where nobody asked to be told. */
void service_notify(const char *state);
