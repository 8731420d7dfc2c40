#!/usr/bin/env bash
# Adds one migration for every database: migrations/add.sh NameOfTheChange
set -euo pipefail
cd "$(dirname "$0")/.."
name=${1:?"usage: migrations/add.sh NameOfTheChange"}
dotnet tool restore
for provider in Sqlite PostgreSql SqlServer; do
  dotnet ef migrations add "$name" --project "migrations/$provider" --startup-project "migrations/$provider" --output-dir Migrations
done
