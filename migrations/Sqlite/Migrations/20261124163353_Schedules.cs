using System;
using Microsoft.EntityFrameworkCore.Migrations;

#nullable disable

namespace Subscriptions.Migrations.Sqlite.Migrations
{
    /// <inheritdoc />
    public partial class Schedules : Migration
    {
        /// <inheritdoc />
        protected override void Up(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.CreateTable(
                name: "CardTries",
                columns: table => new
                {
                    Card = table.Column<string>(type: "TEXT", maxLength: 100, nullable: false),
                    Version = table.Column<int>(type: "INTEGER", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_CardTries", x => x.Card);
                });

            migrationBuilder.CreateTable(
                name: "EndingDays",
                columns: table => new
                {
                    Day = table.Column<DateOnly>(type: "TEXT", nullable: false),
                    Taken = table.Column<int>(type: "INTEGER", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_EndingDays", x => x.Day);
                });

            migrationBuilder.CreateTable(
                name: "EndingPlaces",
                columns: table => new
                {
                    SubscriptionId = table.Column<string>(type: "TEXT", maxLength: 64, nullable: false),
                    CaseNumber = table.Column<int>(type: "INTEGER", nullable: false),
                    Day = table.Column<DateOnly>(type: "TEXT", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_EndingPlaces", x => new { x.SubscriptionId, x.CaseNumber });
                });

            migrationBuilder.CreateIndex(
                name: "IX_PaymentMethods_Fingerprint",
                table: "PaymentMethods",
                column: "Fingerprint");
        }

        /// <inheritdoc />
        protected override void Down(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.DropTable(
                name: "CardTries");

            migrationBuilder.DropTable(
                name: "EndingDays");

            migrationBuilder.DropTable(
                name: "EndingPlaces");

            migrationBuilder.DropIndex(
                name: "IX_PaymentMethods_Fingerprint",
                table: "PaymentMethods");
        }
    }
}
