"""The texts 知识库: what a guide, a case, a regulation and a matter are, and how they are read and checked."""
