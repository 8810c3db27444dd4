// Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0
//
// A service that locks itself: it counts the words that its clients send over
// TCP, a thread for each. A client that sends "attack" plays one that has taken
// it over.
//
//   CELLBLOCK_POOL=64M bazel run //examples/lockdown -- 8080

#include "jail/lockdown.h"

#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <sstream>
#include <string>
#include <thread>

#include "jail/presets.h"

// A socket that listens on loopback at `port`, or below 0.
int OpenListener(int port) {
  sockaddr_in address = {};
  address.sin_family = AF_INET;
  address.sin_port = htons(static_cast<uint16_t>(port));
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  const int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  const int reuse = 1;
  setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &reuse, sizeof(reuse));
  if (bind(fd, reinterpret_cast<sockaddr*>(&address), sizeof(address)) != 0 ||
      listen(fd, 16) != 0) {
    return -1;
  }
  return fd;
}

// What a stranger sends, until he has sent all.
void CountWords(int client) {
  std::string text, word;
  char bytes[4096];
  for (ssize_t n; (n = recv(client, bytes, sizeof(bytes), 0)) > 0;) {
    text.append(bytes, static_cast<size_t>(n));
  }
  int words = 0;
  for (std::istringstream stream(text); stream >> word; ++words) {
  }
  if (word == "attack") static_cast<void>(socket(AF_INET, SOCK_STREAM, 0));
  const std::string answer = std::to_string(words) + " words\n";
  send(client, answer.data(), answer.size(), MSG_NOSIGNAL);
  close(client);
}

int main(int argc, char** argv) {
  const int listener = OpenListener(argc > 1 ? atoi(argv[1]) : 8080);
  if (listener < 0) {
    perror("cannot listen; give a free port");
    return 1;
  }
  const auto locked = cellblock::Lockdown(cellblock::ServicePreset());
  if (!locked.ok()) {
    fprintf(stderr, "%s\n", std::string(locked.status().message()).c_str());
    return 1;
  }
  printf("locked: %d thread, %zu layers\n", locked->threads,
         locked->layers.size());
  fflush(stdout);
  for (;;) {
    const int client = accept4(listener, nullptr, nullptr, SOCK_CLOEXEC);
    if (client < 0) continue;
    try {
      std::thread(CountWords, client).detach();
    } catch (const std::exception&) {
      close(client);  // as many as there are stacks are being served
    }
  }
}
