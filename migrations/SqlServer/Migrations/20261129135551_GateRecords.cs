using System;
using Microsoft.EntityFrameworkCore.Migrations;

#nullable disable

namespace Subscriptions.Migrations.SqlServer.Migrations
{
    /// <inheritdoc />
    public partial class GateRecords : Migration
    {
        /// <inheritdoc />
        protected override void Up(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.CreateTable(
                name: "Gifts",
                columns: table => new
                {
                    Id = table.Column<string>(type: "nvarchar(64)", maxLength: 64, nullable: false),
                    ReaderId = table.Column<string>(type: "nvarchar(64)", maxLength: 64, nullable: false),
                    SiteId = table.Column<string>(type: "nvarchar(64)", maxLength: 64, nullable: false),
                    Article = table.Column<string>(type: "nvarchar(500)", maxLength: 500, nullable: false),
                    Month = table.Column<string>(type: "nvarchar(7)", maxLength: 7, nullable: false),
                    Number = table.Column<int>(type: "int", nullable: false),
                    GivenAt = table.Column<DateTime>(type: "datetime2", nullable: false),
                    EndsAt = table.Column<DateTime>(type: "datetime2", nullable: false),
                    MostUses = table.Column<int>(type: "int", nullable: false),
                    Uses = table.Column<int>(type: "int", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_Gifts", x => x.Id);
                });

            migrationBuilder.CreateTable(
                name: "GiftUses",
                columns: table => new
                {
                    GiftId = table.Column<string>(type: "nvarchar(64)", maxLength: 64, nullable: false),
                    Visit = table.Column<string>(type: "nvarchar(32)", maxLength: 32, nullable: false),
                    At = table.Column<DateTime>(type: "datetime2", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_GiftUses", x => new { x.GiftId, x.Visit });
                });

            migrationBuilder.CreateTable(
                name: "Meters",
                columns: table => new
                {
                    ReaderId = table.Column<string>(type: "nvarchar(64)", maxLength: 64, nullable: false),
                    Counted = table.Column<string>(type: "nvarchar(max)", maxLength: 8000, nullable: false),
                    ForgetAt = table.Column<DateTime>(type: "datetime2", nullable: false),
                    Version = table.Column<int>(type: "int", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_Meters", x => x.ReaderId);
                });

            migrationBuilder.CreateIndex(
                name: "IX_Gifts_EndsAt",
                table: "Gifts",
                column: "EndsAt");

            migrationBuilder.CreateIndex(
                name: "IX_Gifts_ReaderId_Month_Number",
                table: "Gifts",
                columns: new[] { "ReaderId", "Month", "Number" },
                unique: true);

            migrationBuilder.CreateIndex(
                name: "IX_Meters_ForgetAt",
                table: "Meters",
                column: "ForgetAt");
        }

        /// <inheritdoc />
        protected override void Down(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.DropTable(
                name: "Gifts");

            migrationBuilder.DropTable(
                name: "GiftUses");

            migrationBuilder.DropTable(
                name: "Meters");
        }
    }
}
