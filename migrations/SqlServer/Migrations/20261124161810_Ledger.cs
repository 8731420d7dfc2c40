using System;
using Microsoft.EntityFrameworkCore.Migrations;

#nullable disable

namespace Subscriptions.Migrations.SqlServer.Migrations
{
    /// <inheritdoc />
    public partial class Ledger : Migration
    {
        /// <inheritdoc />
        protected override void Up(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.CreateTable(
                name: "CollectingGates",
                columns: table => new
                {
                    Id = table.Column<string>(type: "nvarchar(20)", maxLength: 20, nullable: false),
                    ClosedAt = table.Column<DateTime>(type: "datetime2", nullable: true),
                    Reason = table.Column<string>(type: "nvarchar(500)", maxLength: 500, nullable: true),
                    Actor = table.Column<string>(type: "nvarchar(100)", maxLength: 100, nullable: false),
                    OpenedAt = table.Column<DateTime>(type: "datetime2", nullable: true)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_CollectingGates", x => x.Id);
                });

            migrationBuilder.CreateTable(
                name: "Findings",
                columns: table => new
                {
                    Id = table.Column<string>(type: "nvarchar(160)", maxLength: 160, nullable: false),
                    Kind = table.Column<string>(type: "nvarchar(40)", maxLength: 40, nullable: false),
                    Subject = table.Column<string>(type: "nvarchar(100)", maxLength: 100, nullable: false),
                    InvoiceId = table.Column<string>(type: "nvarchar(100)", maxLength: 100, nullable: true),
                    SubscriptionId = table.Column<string>(type: "nvarchar(64)", maxLength: 64, nullable: true),
                    Ours = table.Column<string>(type: "nvarchar(300)", maxLength: 300, nullable: false),
                    Theirs = table.Column<string>(type: "nvarchar(300)", maxLength: 300, nullable: false),
                    Difference = table.Column<long>(type: "bigint", nullable: false),
                    Currency = table.Column<string>(type: "nvarchar(3)", maxLength: 3, nullable: false),
                    State = table.Column<string>(type: "nvarchar(40)", maxLength: 40, nullable: false),
                    Repairable = table.Column<bool>(type: "bit", nullable: false),
                    SubjectAt = table.Column<DateTime>(type: "datetime2", nullable: false),
                    FirstSeenAt = table.Column<DateTime>(type: "datetime2", nullable: false),
                    LastSeenAt = table.Column<DateTime>(type: "datetime2", nullable: false),
                    SettledAt = table.Column<DateTime>(type: "datetime2", nullable: true),
                    SettledBy = table.Column<string>(type: "nvarchar(100)", maxLength: 100, nullable: true)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_Findings", x => x.Id);
                });

            migrationBuilder.CreateTable(
                name: "GatewayTransactions",
                columns: table => new
                {
                    Id = table.Column<string>(type: "nvarchar(100)", maxLength: 100, nullable: false),
                    Kind = table.Column<string>(type: "nvarchar(40)", maxLength: 40, nullable: false),
                    Amount = table.Column<long>(type: "bigint", nullable: false),
                    Fee = table.Column<long>(type: "bigint", nullable: false),
                    Currency = table.Column<string>(type: "nvarchar(3)", maxLength: 3, nullable: false),
                    SourceId = table.Column<string>(type: "nvarchar(100)", maxLength: 100, nullable: true),
                    At = table.Column<DateTime>(type: "datetime2", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_GatewayTransactions", x => x.Id);
                });

            migrationBuilder.CreateTable(
                name: "Ledger",
                columns: table => new
                {
                    SetId = table.Column<string>(type: "nvarchar(120)", maxLength: 120, nullable: false),
                    Account = table.Column<string>(type: "nvarchar(40)", maxLength: 40, nullable: false),
                    Amount = table.Column<long>(type: "bigint", nullable: false),
                    Currency = table.Column<string>(type: "nvarchar(3)", maxLength: 3, nullable: false),
                    Cause = table.Column<string>(type: "nvarchar(60)", maxLength: 60, nullable: false),
                    InvoiceId = table.Column<string>(type: "nvarchar(100)", maxLength: 100, nullable: true),
                    ReaderId = table.Column<string>(type: "nvarchar(64)", maxLength: 64, nullable: true),
                    GatewayId = table.Column<string>(type: "nvarchar(100)", maxLength: 100, nullable: true),
                    At = table.Column<DateTime>(type: "datetime2", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_Ledger", x => new { x.SetId, x.Account });
                });

            migrationBuilder.CreateTable(
                name: "ReconciliationRuns",
                columns: table => new
                {
                    Id = table.Column<long>(type: "bigint", nullable: false)
                        .Annotation("SqlServer:Identity", "1, 1"),
                    From = table.Column<DateTime>(type: "datetime2", nullable: false),
                    To = table.Column<DateTime>(type: "datetime2", nullable: false),
                    StartedAt = table.Column<DateTime>(type: "datetime2", nullable: false),
                    FinishedAt = table.Column<DateTime>(type: "datetime2", nullable: true),
                    Actor = table.Column<string>(type: "nvarchar(100)", maxLength: 100, nullable: false),
                    Failure = table.Column<string>(type: "nvarchar(500)", maxLength: 500, nullable: true),
                    Payments = table.Column<int>(type: "int", nullable: false),
                    Refunds = table.Column<int>(type: "int", nullable: false),
                    Disputes = table.Column<int>(type: "int", nullable: false),
                    Transactions = table.Column<int>(type: "int", nullable: false),
                    Payouts = table.Column<int>(type: "int", nullable: false),
                    OpenFindings = table.Column<int>(type: "int", nullable: false),
                    Repaired = table.Column<int>(type: "int", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_ReconciliationRuns", x => x.Id);
                });

            migrationBuilder.CreateIndex(
                name: "IX_PaymentAttempts_ChargeId",
                table: "PaymentAttempts",
                column: "ChargeId");

            migrationBuilder.CreateIndex(
                name: "IX_PaymentAttempts_PaymentIntentId",
                table: "PaymentAttempts",
                column: "PaymentIntentId");

            migrationBuilder.CreateIndex(
                name: "IX_Findings_State_FirstSeenAt",
                table: "Findings",
                columns: new[] { "State", "FirstSeenAt" });

            migrationBuilder.CreateIndex(
                name: "IX_GatewayTransactions_At",
                table: "GatewayTransactions",
                column: "At");

            migrationBuilder.CreateIndex(
                name: "IX_GatewayTransactions_SourceId",
                table: "GatewayTransactions",
                column: "SourceId");

            migrationBuilder.CreateIndex(
                name: "IX_Ledger_At_SetId",
                table: "Ledger",
                columns: new[] { "At", "SetId" });

            migrationBuilder.CreateIndex(
                name: "IX_Ledger_GatewayId",
                table: "Ledger",
                column: "GatewayId");

            migrationBuilder.CreateIndex(
                name: "IX_Ledger_InvoiceId",
                table: "Ledger",
                column: "InvoiceId");

            migrationBuilder.CreateIndex(
                name: "IX_Ledger_ReaderId_Account",
                table: "Ledger",
                columns: new[] { "ReaderId", "Account" });
        }

        /// <inheritdoc />
        protected override void Down(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.DropTable(
                name: "CollectingGates");

            migrationBuilder.DropTable(
                name: "Findings");

            migrationBuilder.DropTable(
                name: "GatewayTransactions");

            migrationBuilder.DropTable(
                name: "Ledger");

            migrationBuilder.DropTable(
                name: "ReconciliationRuns");

            migrationBuilder.DropIndex(
                name: "IX_PaymentAttempts_ChargeId",
                table: "PaymentAttempts");

            migrationBuilder.DropIndex(
                name: "IX_PaymentAttempts_PaymentIntentId",
                table: "PaymentAttempts");
        }
    }
}
