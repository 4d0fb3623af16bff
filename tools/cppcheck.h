/* SPDX-License-Identifier: Apache-2.0 */
/* What cppcheck must know of macros in headers that it does not read. */
#define HASH_ITER(hh, head, at, tmp) for (at = head, tmp = 0; at; at = tmp)
#define json_array_foreach(array, i, value) \
	for (i = 0; (value = json_array_get(array, i)); i++)
#define json_object_foreach(object, key, value) \
	for (key = "", value = object; value; value = 0)
