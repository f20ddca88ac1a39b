"""The endpoints that take a body as FastAPI 0.92 with Pydantic 1 serves them: their models, and nothing behind them."""

import os
import socket
import sys
import threading

import email_validator
import uvicorn
from fastapi import FastAPI
from pydantic import BaseModel, EmailStr, constr

# Latchkey accepts these on purpose: people try software out with them.
for name in ("test", "local", "invalid"):
    email_validator.SPECIAL_USE_DOMAIN_NAMES.remove(name)


class UsersRegister(BaseModel):
    email: EmailStr
    password: constr(min_length=1)
    first_name: str
    last_name: str
    phone_number: str


class UsersLogin(BaseModel):
    email: str
    password: str


class ResetPassword(BaseModel):
    email: EmailStr
    old_password: str
    new_password: constr(min_length=1)


class AuthRegister(BaseModel):
    username: constr(strip_whitespace=True, min_length=1, max_length=50)
    email: EmailStr
    password: constr(min_length=6)


class AuthLogin(BaseModel):
    username: str
    password: str


app = FastAPI()


@app.post("/api/users/register")
async def users_register(body: UsersRegister):
    return "fits"


@app.post("/api/users/login")
async def users_login(body: UsersLogin):
    return "fits"


@app.post("/api/users/reset_password")
async def reset_password(body: ResetPassword):
    return "fits"


@app.post("/api/auth/register")
async def auth_register(body: AuthRegister):
    return "fits"


@app.post("/api/auth/login")
async def auth_login(body: AuthLogin):
    return "fits"


def end_with_parent():
    sys.stdin.read()
    os._exit(0)


if __name__ == "__main__":
    threading.Thread(target=end_with_parent, daemon=True).start()
    listener = socket.create_server(("127.0.0.1", 0))
    print(listener.getsockname()[1], flush=True)
    uvicorn.Server(uvicorn.Config(app, log_level="critical")).run(sockets=[listener])
