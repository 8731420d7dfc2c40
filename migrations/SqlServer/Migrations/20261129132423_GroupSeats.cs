using System;
using Microsoft.EntityFrameworkCore.Migrations;

#nullable disable

namespace Subscriptions.Migrations.SqlServer.Migrations
{
    /// <inheritdoc />
    public partial class GroupSeats : Migration
    {
        /// <inheritdoc />
        protected override void Up(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.CreateTable(
                name: "Seats",
                columns: table => new
                {
                    Id = table.Column<string>(type: "nvarchar(64)", maxLength: 64, nullable: false),
                    SubscriptionId = table.Column<string>(type: "nvarchar(64)", maxLength: 64, nullable: false),
                    Number = table.Column<int>(type: "int", nullable: true),
                    Email = table.Column<string>(type: "nvarchar(254)", maxLength: 254, nullable: true),
                    MadeAt = table.Column<DateTime>(type: "datetime2", nullable: false),
                    InvitedUntil = table.Column<DateTime>(type: "datetime2", nullable: true),
                    MailedAt = table.Column<DateTime>(type: "datetime2", nullable: true),
                    UndeliverableAt = table.Column<DateTime>(type: "datetime2", nullable: true),
                    ReaderId = table.Column<string>(type: "nvarchar(64)", maxLength: 64, nullable: true),
                    TakenAt = table.Column<DateTime>(type: "datetime2", nullable: true),
                    End = table.Column<string>(type: "nvarchar(40)", maxLength: 40, nullable: true),
                    EndedAt = table.Column<DateTime>(type: "datetime2", nullable: true),
                    Version = table.Column<int>(type: "int", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_Seats", x => x.Id);
                });

            migrationBuilder.CreateIndex(
                name: "IX_Seats_OneOfReader",
                table: "Seats",
                columns: new[] { "SubscriptionId", "ReaderId" },
                unique: true,
                filter: "\"Number\" IS NOT NULL AND \"ReaderId\" IS NOT NULL");

            migrationBuilder.CreateIndex(
                name: "IX_Seats_OnePlace",
                table: "Seats",
                columns: new[] { "SubscriptionId", "Number" },
                unique: true,
                filter: "\"Number\" IS NOT NULL");

            migrationBuilder.CreateIndex(
                name: "IX_Seats_ReaderId",
                table: "Seats",
                column: "ReaderId");
        }

        /// <inheritdoc />
        protected override void Down(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.DropTable(
                name: "Seats");
        }
    }
}
