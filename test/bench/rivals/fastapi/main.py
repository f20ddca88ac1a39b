"""FastAPI with SQLAlchemy, argon2-cffi, PyJWT and, with REDIS_URL, redis-py: as the API documents' own systems were."""
import os
import time
import uuid
from datetime import datetime

import jwt
from argon2 import PasswordHasher, Type
from argon2.exceptions import Argon2Error
from fastapi import Depends, FastAPI, HTTPException
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer
from pydantic import BaseModel
from sqlalchemy import Boolean, Column, Integer, String, create_engine, event
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session, declarative_base, sessionmaker

SECRET = os.environ["JWT_SECRET"]
ACCESS_SECONDS, WINDOW_SECONDS = 180 * 60, 7 * 24 * 60 * 60
Base = declarative_base()


class User(Base):
    __tablename__ = "users"
    id = Column(Integer, primary_key=True)
    uuid = Column(String, unique=True, nullable=False)
    email = Column(String, unique=True, nullable=False)
    username = Column(String, unique=True, nullable=False)
    hashed_password = Column(String, nullable=False)
    disabled = Column(Boolean, nullable=False, default=False)
    first_name, last_name, phone_number = Column(String), Column(String), Column(String)
    created_at, updated_at = Column(String, nullable=False), Column(String, nullable=False)


class Dead(Base):
    __tablename__ = "blacklist"
    jti = Column(String, primary_key=True)
    ends_at = Column(Integer, nullable=False)


engine = create_engine(
    f"sqlite:///{os.environ['DATABASE_URL']}", connect_args={"check_same_thread": False, "timeout": 5}
)


@event.listens_for(engine, "connect")
def pragmas(connection, _):
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("PRAGMA synchronous = FULL")


Base.metadata.create_all(engine)
Sessions = sessionmaker(engine, autoflush=False)
hasher = PasswordHasher(
    time_cost=int(os.environ["ARGON2_TIME_COST"]),
    memory_cost=int(os.environ["ARGON2_MEMORY_KIB"]),
    parallelism=int(os.environ["ARGON2_PARALLELISM"]),
    type=Type.I,
)
redis = None
if os.environ.get("REDIS_URL"):
    from redis import Redis

    redis = Redis.from_url(os.environ["REDIS_URL"])

app = FastAPI(docs_url=None, redoc_url=None)
bearer = HTTPBearer()


class Registration(BaseModel):
    username: str
    email: str
    password: str


class Credentials(BaseModel):
    username: str
    password: str


def database():
    with Sessions() as session:
        yield session


def sign(user: User) -> str:
    now = int(time.time())
    claims = {"sub": user.uuid, "username": user.username, "iat": now, "exp": now + ACCESS_SECONDS}
    return jwt.encode({**claims, "jti": str(uuid.uuid4())}, SECRET, algorithm="HS256")


def is_dead(db: Session, jti: str) -> bool:
    return bool(redis.exists(f"dead:{jti}")) if redis else db.get(Dead, jti) is not None


def kill(db: Session, jti: str) -> bool:
    if redis:
        return bool(redis.set(f"dead:{jti}", "1", ex=WINDOW_SECONDS, nx=True))
    db.add(Dead(jti=jti, ends_at=int(time.time()) + WINDOW_SECONDS))
    try:
        db.commit()
    except IntegrityError:
        return False
    return True


def current(header: HTTPAuthorizationCredentials = Depends(bearer), db: Session = Depends(database)):
    try:
        claims = jwt.decode(header.credentials, SECRET, algorithms=["HS256"])
    except jwt.PyJWTError as error:
        raise HTTPException(401, "Token is invalid") from error
    user = None if is_dead(db, claims["jti"]) else db.query(User).filter_by(uuid=claims["sub"]).first()
    if user is None or user.disabled:
        raise HTTPException(401, "Token is invalid")
    return user, claims


def auth_user(user: User) -> dict:
    return {
        "id": user.uuid,
        "username": user.username,
        "email": user.email,
        "created_at": user.created_at,
        "updated_at": user.updated_at,
    }


@app.post("/api/auth/register")
def register(body: Registration, db: Session = Depends(database)):
    if db.query(User).filter((User.username == body.username) | (User.email == body.email)).first():
        raise HTTPException(400, "Already registered")
    now = datetime.utcnow().strftime("%Y-%m-%dT%H:%M:%SZ")
    user = User(uuid=str(uuid.uuid4()), username=body.username, email=body.email, disabled=False)
    user.hashed_password, user.created_at, user.updated_at = hasher.hash(body.password), now, now
    db.add(user)
    db.commit()
    return {"user": auth_user(user), "token": sign(user)}


@app.post("/api/auth/login")
def login(body: Credentials, db: Session = Depends(database)):
    user = db.query(User).filter_by(username=body.username).first()
    try:
        hasher.verify(user.hashed_password if user else "", body.password)
    except Argon2Error as error:
        raise HTTPException(400, "Incorrect username or password") from error
    return {"user": auth_user(user), "token": sign(user)}


@app.get("/api/auth/verify")
def verify(found=Depends(current)):
    return {"success": True, "message": "Token is valid", "data": auth_user(found[0])}


@app.get("/api/users/me")
def me(found=Depends(current)):
    user = found[0]
    names = {"first_name": user.first_name, "last_name": user.last_name}
    return {"email": user.email, **names, "phone_number": user.phone_number}


@app.post("/api/users/refresh_token")
def refresh(found=Depends(current), db: Session = Depends(database)):
    user, claims = found
    if not kill(db, claims["jti"]):
        raise HTTPException(401, "Token is invalid")
    return {"access_token": sign(user), "token_type": "bearer", "expires_in": ACCESS_SECONDS // 60}
