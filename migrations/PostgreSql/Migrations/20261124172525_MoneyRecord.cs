using System;
using Microsoft.EntityFrameworkCore.Migrations;
using Npgsql.EntityFrameworkCore.PostgreSQL.Metadata;

#nullable disable

namespace Subscriptions.Migrations.PostgreSql.Migrations
{
    /// <inheritdoc />
    public partial class MoneyRecord : Migration
    {
        /// <inheritdoc />
        protected override void Up(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.DropColumn(
                name: "RefundDue",
                table: "Invoices");

            migrationBuilder.AddColumn<string>(
                name: "CustomerId",
                table: "WebhookEvents",
                type: "character varying(100)",
                maxLength: 100,
                nullable: true);

            migrationBuilder.AddColumn<string>(
                name: "LastError",
                table: "WebhookEvents",
                type: "character varying(200)",
                maxLength: 200,
                nullable: true);

            migrationBuilder.AddColumn<string>(
                name: "ObjectId",
                table: "WebhookEvents",
                type: "character varying(100)",
                maxLength: 100,
                nullable: true);

            migrationBuilder.AddColumn<DateTime>(
                name: "OccurredAt",
                table: "WebhookEvents",
                type: "timestamp with time zone",
                nullable: true);

            migrationBuilder.AddColumn<string>(
                name: "PaymentIntentId",
                table: "WebhookEvents",
                type: "character varying(100)",
                maxLength: 100,
                nullable: true);

            migrationBuilder.AddColumn<DateTime>(
                name: "ReceivedAtWall",
                table: "WebhookEvents",
                type: "timestamp with time zone",
                nullable: true);

            migrationBuilder.AddColumn<DateTime>(
                name: "ReplayedAt",
                table: "WebhookEvents",
                type: "timestamp with time zone",
                nullable: true);

            migrationBuilder.AddColumn<string>(
                name: "ReplayedBy",
                table: "WebhookEvents",
                type: "character varying(100)",
                maxLength: 100,
                nullable: true);

            migrationBuilder.AddColumn<string>(
                name: "State",
                table: "WebhookEvents",
                type: "character varying(40)",
                maxLength: 40,
                nullable: false,
                defaultValue: "Received");

            migrationBuilder.AddColumn<int>(
                name: "Tries",
                table: "WebhookEvents",
                type: "integer",
                nullable: false,
                defaultValue: 0);

            migrationBuilder.AddColumn<bool>(
                name: "WasMissed",
                table: "WebhookEvents",
                type: "boolean",
                nullable: false,
                defaultValue: false);

            migrationBuilder.AddColumn<DateTime>(
                name: "AddressBouncedAt",
                table: "Readers",
                type: "timestamp with time zone",
                nullable: true);

            migrationBuilder.AddColumn<DateTime>(
                name: "ComplainedAt",
                table: "Readers",
                type: "timestamp with time zone",
                nullable: true);

            migrationBuilder.AddColumn<string>(
                name: "GatewayDefaultMethodId",
                table: "Readers",
                type: "character varying(100)",
                maxLength: 100,
                nullable: true);

            migrationBuilder.AddColumn<DateTime>(
                name: "CardSince",
                table: "PaymentMethods",
                type: "timestamp with time zone",
                nullable: true);

            migrationBuilder.AddColumn<DateTime>(
                name: "DetachedAt",
                table: "PaymentMethods",
                type: "timestamp with time zone",
                nullable: true);

            migrationBuilder.AddColumn<long>(
                name: "Amount",
                table: "PaymentAttempts",
                type: "bigint",
                nullable: false,
                defaultValue: 0L);

            migrationBuilder.AddColumn<bool>(
                name: "FormerCard",
                table: "PaymentAttempts",
                type: "boolean",
                nullable: false,
                defaultValue: false);

            migrationBuilder.AddColumn<string>(
                name: "Feedback",
                table: "Mails",
                type: "character varying(40)",
                maxLength: 40,
                nullable: true);

            migrationBuilder.AddColumn<DateTime>(
                name: "FeedbackAt",
                table: "Mails",
                type: "timestamp with time zone",
                nullable: true);

            migrationBuilder.AddColumn<string>(
                name: "FeedbackCode",
                table: "Mails",
                type: "character varying(100)",
                maxLength: 100,
                nullable: true);

            migrationBuilder.AddColumn<DateTime>(
                name: "LastTriedAt",
                table: "Mails",
                type: "timestamp with time zone",
                nullable: true);

            migrationBuilder.AddColumn<int>(
                name: "RefundNumber",
                table: "Mails",
                type: "integer",
                nullable: true);

            migrationBuilder.AddColumn<long>(
                name: "CarriedOver",
                table: "Invoices",
                type: "bigint",
                nullable: false,
                defaultValue: 0L);

            migrationBuilder.AddColumn<string>(
                name: "Contest",
                table: "Invoices",
                type: "text",
                nullable: true);

            migrationBuilder.AddColumn<long>(
                name: "CreditUsed",
                table: "Invoices",
                type: "bigint",
                nullable: false,
                defaultValue: 0L);

            migrationBuilder.AddColumn<long>(
                name: "PaymentIntentAmount",
                table: "Invoices",
                type: "bigint",
                nullable: false,
                defaultValue: 0L);

            migrationBuilder.AddColumn<string>(
                name: "Replaces",
                table: "Invoices",
                type: "character varying(100)",
                maxLength: 100,
                nullable: true);

            migrationBuilder.AddColumn<long>(
                name: "Reversed",
                table: "Invoices",
                type: "bigint",
                nullable: false,
                defaultValue: 0L);

            migrationBuilder.AddColumn<DateTime>(
                name: "ReversedAt",
                table: "Invoices",
                type: "timestamp with time zone",
                nullable: true);

            migrationBuilder.AddColumn<bool>(
                name: "Withdrawn",
                table: "Invoices",
                type: "boolean",
                nullable: false,
                defaultValue: false);

            migrationBuilder.CreateTable(
                name: "CardTries",
                columns: table => new
                {
                    Card = table.Column<string>(type: "character varying(100)", maxLength: 100, nullable: false),
                    Version = table.Column<int>(type: "integer", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_CardTries", x => x.Card);
                });

            migrationBuilder.CreateTable(
                name: "CollectingGates",
                columns: table => new
                {
                    Id = table.Column<string>(type: "character varying(20)", maxLength: 20, nullable: false),
                    ClosedAt = table.Column<DateTime>(type: "timestamp with time zone", nullable: true),
                    Reason = table.Column<string>(type: "character varying(500)", maxLength: 500, nullable: true),
                    Actor = table.Column<string>(type: "character varying(100)", maxLength: 100, nullable: false),
                    OpenedAt = table.Column<DateTime>(type: "timestamp with time zone", nullable: true)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_CollectingGates", x => x.Id);
                });

            migrationBuilder.CreateTable(
                name: "CreditAccounts",
                columns: table => new
                {
                    ReaderId = table.Column<string>(type: "character varying(64)", maxLength: 64, nullable: false),
                    Currency = table.Column<string>(type: "character varying(3)", maxLength: 3, nullable: false),
                    Balance = table.Column<long>(type: "bigint", nullable: false),
                    Version = table.Column<int>(type: "integer", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_CreditAccounts", x => new { x.ReaderId, x.Currency });
                });

            migrationBuilder.CreateTable(
                name: "CreditEntries",
                columns: table => new
                {
                    Id = table.Column<string>(type: "character varying(200)", maxLength: 200, nullable: false),
                    ReaderId = table.Column<string>(type: "character varying(64)", maxLength: 64, nullable: false),
                    Currency = table.Column<string>(type: "character varying(3)", maxLength: 3, nullable: false),
                    Amount = table.Column<long>(type: "bigint", nullable: false),
                    Reason = table.Column<string>(type: "character varying(40)", maxLength: 40, nullable: true),
                    InvoiceId = table.Column<string>(type: "character varying(100)", maxLength: 100, nullable: true),
                    Actor = table.Column<string>(type: "character varying(100)", maxLength: 100, nullable: false),
                    At = table.Column<DateTime>(type: "timestamp with time zone", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_CreditEntries", x => x.Id);
                });

            migrationBuilder.CreateTable(
                name: "CreditNoteRow",
                columns: table => new
                {
                    InvoiceId = table.Column<string>(type: "character varying(100)", maxLength: 100, nullable: false),
                    Number = table.Column<int>(type: "integer", nullable: false),
                    Amount = table.Column<long>(type: "bigint", nullable: false),
                    Reason = table.Column<string>(type: "character varying(40)", maxLength: 40, nullable: false),
                    Destination = table.Column<string>(type: "character varying(40)", maxLength: 40, nullable: false),
                    Actor = table.Column<string>(type: "character varying(100)", maxLength: 100, nullable: false),
                    RequestKey = table.Column<string>(type: "character varying(100)", maxLength: 100, nullable: true),
                    IssuedAt = table.Column<DateTime>(type: "timestamp with time zone", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_CreditNoteRow", x => new { x.InvoiceId, x.Number });
                    table.ForeignKey(
                        name: "FK_CreditNoteRow_Invoices_InvoiceId",
                        column: x => x.InvoiceId,
                        principalTable: "Invoices",
                        principalColumn: "Id",
                        onDelete: ReferentialAction.Cascade);
                });

            migrationBuilder.CreateTable(
                name: "EndingDays",
                columns: table => new
                {
                    Day = table.Column<DateOnly>(type: "date", nullable: false),
                    Taken = table.Column<int>(type: "integer", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_EndingDays", x => x.Day);
                });

            migrationBuilder.CreateTable(
                name: "EndingPlaces",
                columns: table => new
                {
                    SubscriptionId = table.Column<string>(type: "character varying(64)", maxLength: 64, nullable: false),
                    CaseNumber = table.Column<int>(type: "integer", nullable: false),
                    Day = table.Column<DateOnly>(type: "date", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_EndingPlaces", x => new { x.SubscriptionId, x.CaseNumber });
                });

            migrationBuilder.CreateTable(
                name: "Findings",
                columns: table => new
                {
                    Id = table.Column<string>(type: "character varying(160)", maxLength: 160, nullable: false),
                    Kind = table.Column<string>(type: "character varying(40)", maxLength: 40, nullable: false),
                    Subject = table.Column<string>(type: "character varying(100)", maxLength: 100, nullable: false),
                    InvoiceId = table.Column<string>(type: "character varying(100)", maxLength: 100, nullable: true),
                    SubscriptionId = table.Column<string>(type: "character varying(64)", maxLength: 64, nullable: true),
                    Ours = table.Column<string>(type: "character varying(300)", maxLength: 300, nullable: false),
                    Theirs = table.Column<string>(type: "character varying(300)", maxLength: 300, nullable: false),
                    Difference = table.Column<long>(type: "bigint", nullable: false),
                    Currency = table.Column<string>(type: "character varying(3)", maxLength: 3, nullable: false),
                    State = table.Column<string>(type: "character varying(40)", maxLength: 40, nullable: false),
                    Repairable = table.Column<bool>(type: "boolean", nullable: false),
                    SubjectAt = table.Column<DateTime>(type: "timestamp with time zone", nullable: false),
                    FirstSeenAt = table.Column<DateTime>(type: "timestamp with time zone", nullable: false),
                    LastSeenAt = table.Column<DateTime>(type: "timestamp with time zone", nullable: false),
                    SettledAt = table.Column<DateTime>(type: "timestamp with time zone", nullable: true),
                    SettledBy = table.Column<string>(type: "character varying(100)", maxLength: 100, nullable: true)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_Findings", x => x.Id);
                });

            migrationBuilder.CreateTable(
                name: "Freezes",
                columns: table => new
                {
                    Id = table.Column<string>(type: "character varying(100)", maxLength: 100, nullable: false),
                    Kind = table.Column<string>(type: "character varying(40)", maxLength: 40, nullable: false),
                    OpenSlot = table.Column<int>(type: "integer", nullable: true),
                    OpenedAt = table.Column<DateTime>(type: "timestamp with time zone", nullable: false),
                    OpenedBy = table.Column<string>(type: "character varying(100)", maxLength: 100, nullable: false),
                    Reason = table.Column<string>(type: "character varying(500)", maxLength: 500, nullable: false),
                    HoldsRetries = table.Column<bool>(type: "boolean", nullable: false),
                    ClosedAt = table.Column<DateTime>(type: "timestamp with time zone", nullable: true),
                    ClosedBy = table.Column<string>(type: "character varying(100)", maxLength: 100, nullable: true),
                    EndedBy = table.Column<string>(type: "character varying(40)", maxLength: 40, nullable: true)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_Freezes", x => x.Id);
                });

            migrationBuilder.CreateTable(
                name: "GatewayTransactions",
                columns: table => new
                {
                    Id = table.Column<string>(type: "character varying(100)", maxLength: 100, nullable: false),
                    Kind = table.Column<string>(type: "character varying(40)", maxLength: 40, nullable: false),
                    Amount = table.Column<long>(type: "bigint", nullable: false),
                    Fee = table.Column<long>(type: "bigint", nullable: false),
                    Currency = table.Column<string>(type: "character varying(3)", maxLength: 3, nullable: false),
                    SourceId = table.Column<string>(type: "character varying(100)", maxLength: 100, nullable: true),
                    At = table.Column<DateTime>(type: "timestamp with time zone", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_GatewayTransactions", x => x.Id);
                });

            migrationBuilder.CreateTable(
                name: "Ledger",
                columns: table => new
                {
                    SetId = table.Column<string>(type: "character varying(120)", maxLength: 120, nullable: false),
                    Account = table.Column<string>(type: "character varying(40)", maxLength: 40, nullable: false),
                    Amount = table.Column<long>(type: "bigint", nullable: false),
                    Currency = table.Column<string>(type: "character varying(3)", maxLength: 3, nullable: false),
                    Cause = table.Column<string>(type: "character varying(60)", maxLength: 60, nullable: false),
                    InvoiceId = table.Column<string>(type: "character varying(100)", maxLength: 100, nullable: true),
                    ReaderId = table.Column<string>(type: "character varying(64)", maxLength: 64, nullable: true),
                    GatewayId = table.Column<string>(type: "character varying(100)", maxLength: 100, nullable: true),
                    At = table.Column<DateTime>(type: "timestamp with time zone", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_Ledger", x => new { x.SetId, x.Account });
                });

            migrationBuilder.CreateTable(
                name: "PauseNotes",
                columns: table => new
                {
                    Id = table.Column<string>(type: "character varying(160)", maxLength: 160, nullable: false),
                    SubscriptionId = table.Column<string>(type: "character varying(64)", maxLength: 64, nullable: false),
                    Text = table.Column<string>(type: "character varying(1000)", maxLength: 1000, nullable: false),
                    WrittenAt = table.Column<DateTime>(type: "timestamp with time zone", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_PauseNotes", x => x.Id);
                });

            migrationBuilder.CreateTable(
                name: "ReconciliationRuns",
                columns: table => new
                {
                    Id = table.Column<long>(type: "bigint", nullable: false)
                        .Annotation("Npgsql:ValueGenerationStrategy", NpgsqlValueGenerationStrategy.IdentityByDefaultColumn),
                    From = table.Column<DateTime>(type: "timestamp with time zone", nullable: false),
                    To = table.Column<DateTime>(type: "timestamp with time zone", nullable: false),
                    StartedAt = table.Column<DateTime>(type: "timestamp with time zone", nullable: false),
                    FinishedAt = table.Column<DateTime>(type: "timestamp with time zone", nullable: true),
                    Actor = table.Column<string>(type: "character varying(100)", maxLength: 100, nullable: false),
                    Failure = table.Column<string>(type: "character varying(500)", maxLength: 500, nullable: true),
                    Payments = table.Column<int>(type: "integer", nullable: false),
                    Refunds = table.Column<int>(type: "integer", nullable: false),
                    Disputes = table.Column<int>(type: "integer", nullable: false),
                    Transactions = table.Column<int>(type: "integer", nullable: false),
                    Payouts = table.Column<int>(type: "integer", nullable: false),
                    OpenFindings = table.Column<int>(type: "integer", nullable: false),
                    Repaired = table.Column<int>(type: "integer", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_ReconciliationRuns", x => x.Id);
                });

            migrationBuilder.CreateTable(
                name: "RefundRow",
                columns: table => new
                {
                    InvoiceId = table.Column<string>(type: "character varying(100)", maxLength: 100, nullable: false),
                    Number = table.Column<int>(type: "integer", nullable: false),
                    Amount = table.Column<long>(type: "bigint", nullable: false),
                    Reason = table.Column<string>(type: "character varying(40)", maxLength: 40, nullable: false),
                    Actor = table.Column<string>(type: "character varying(100)", maxLength: 100, nullable: false),
                    RequestKey = table.Column<string>(type: "character varying(100)", maxLength: 100, nullable: true),
                    PaymentIntentId = table.Column<string>(type: "character varying(100)", maxLength: 100, nullable: false),
                    State = table.Column<string>(type: "character varying(40)", maxLength: 40, nullable: false),
                    GatewayId = table.Column<string>(type: "character varying(100)", maxLength: 100, nullable: true),
                    RequestedAt = table.Column<DateTime>(type: "timestamp with time zone", nullable: false),
                    SettledAt = table.Column<DateTime>(type: "timestamp with time zone", nullable: true)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_RefundRow", x => new { x.InvoiceId, x.Number });
                    table.ForeignKey(
                        name: "FK_RefundRow_Invoices_InvoiceId",
                        column: x => x.InvoiceId,
                        principalTable: "Invoices",
                        principalColumn: "Id",
                        onDelete: ReferentialAction.Cascade);
                });

            migrationBuilder.CreateTable(
                name: "WebhookResyncs",
                columns: table => new
                {
                    Id = table.Column<int>(type: "integer", nullable: false),
                    SyncedThrough = table.Column<DateTime>(type: "timestamp with time zone", nullable: false),
                    LastRunAt = table.Column<DateTime>(type: "timestamp with time zone", nullable: false),
                    WindowUntil = table.Column<DateTime>(type: "timestamp with time zone", nullable: true),
                    Cursor = table.Column<string>(type: "character varying(100)", maxLength: 100, nullable: true),
                    Missed = table.Column<int>(type: "integer", nullable: false),
                    Wanted = table.Column<bool>(type: "boolean", nullable: false),
                    Version = table.Column<int>(type: "integer", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_WebhookResyncs", x => x.Id);
                });

            migrationBuilder.CreateIndex(
                name: "IX_WebhookEvents_ObjectId",
                table: "WebhookEvents",
                column: "ObjectId");

            migrationBuilder.CreateIndex(
                name: "IX_WebhookEvents_PaymentIntentId",
                table: "WebhookEvents",
                column: "PaymentIntentId");

            migrationBuilder.CreateIndex(
                name: "IX_WebhookEvents_ReceivedAt",
                table: "WebhookEvents",
                column: "ReceivedAt");

            migrationBuilder.CreateIndex(
                name: "IX_WebhookEvents_State_ReceivedAt",
                table: "WebhookEvents",
                columns: new[] { "State", "ReceivedAt" });

            migrationBuilder.CreateIndex(
                name: "IX_Subscriptions_EndedAt",
                table: "Subscriptions",
                column: "EndedAt");

            migrationBuilder.CreateIndex(
                name: "IX_Readers_GatewayCustomerId",
                table: "Readers",
                column: "GatewayCustomerId");

            migrationBuilder.CreateIndex(
                name: "IX_PaymentMethods_Fingerprint",
                table: "PaymentMethods",
                column: "Fingerprint");

            migrationBuilder.CreateIndex(
                name: "IX_PaymentAttempts_ChargeId",
                table: "PaymentAttempts",
                column: "ChargeId");

            migrationBuilder.CreateIndex(
                name: "IX_PaymentAttempts_PaymentIntentId",
                table: "PaymentAttempts",
                column: "PaymentIntentId");

            migrationBuilder.CreateIndex(
                name: "IX_PaymentAttempts_SettledAt",
                table: "PaymentAttempts",
                column: "SettledAt");

            migrationBuilder.CreateIndex(
                name: "IX_PaymentAttempts_StartedAt",
                table: "PaymentAttempts",
                column: "StartedAt");

            migrationBuilder.CreateIndex(
                name: "IX_Mails_LastTriedAt",
                table: "Mails",
                column: "LastTriedAt");

            migrationBuilder.CreateIndex(
                name: "IX_Invoices_OneReplacement",
                table: "Invoices",
                column: "Replaces",
                unique: true,
                filter: "\"Replaces\" IS NOT NULL");

            migrationBuilder.CreateIndex(
                name: "IX_Events_At",
                table: "Events",
                column: "At");

            migrationBuilder.CreateIndex(
                name: "IX_CreditEntries_ReaderId",
                table: "CreditEntries",
                column: "ReaderId");

            migrationBuilder.CreateIndex(
                name: "IX_Findings_State_FirstSeenAt",
                table: "Findings",
                columns: new[] { "State", "FirstSeenAt" });

            migrationBuilder.CreateIndex(
                name: "IX_Freezes_ClosedAt",
                table: "Freezes",
                column: "ClosedAt");

            migrationBuilder.CreateIndex(
                name: "IX_Freezes_OneOpen",
                table: "Freezes",
                columns: new[] { "Kind", "OpenSlot" },
                unique: true,
                filter: "\"OpenSlot\" IS NOT NULL");

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

            migrationBuilder.CreateIndex(
                name: "IX_PauseNotes_SubscriptionId",
                table: "PauseNotes",
                column: "SubscriptionId");

            migrationBuilder.CreateIndex(
                name: "IX_RefundRow_GatewayId",
                table: "RefundRow",
                column: "GatewayId");
        }

        /// <inheritdoc />
        protected override void Down(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.DropTable(
                name: "CardTries");

            migrationBuilder.DropTable(
                name: "CollectingGates");

            migrationBuilder.DropTable(
                name: "CreditAccounts");

            migrationBuilder.DropTable(
                name: "CreditEntries");

            migrationBuilder.DropTable(
                name: "CreditNoteRow");

            migrationBuilder.DropTable(
                name: "EndingDays");

            migrationBuilder.DropTable(
                name: "EndingPlaces");

            migrationBuilder.DropTable(
                name: "Findings");

            migrationBuilder.DropTable(
                name: "Freezes");

            migrationBuilder.DropTable(
                name: "GatewayTransactions");

            migrationBuilder.DropTable(
                name: "Ledger");

            migrationBuilder.DropTable(
                name: "PauseNotes");

            migrationBuilder.DropTable(
                name: "ReconciliationRuns");

            migrationBuilder.DropTable(
                name: "RefundRow");

            migrationBuilder.DropTable(
                name: "WebhookResyncs");

            migrationBuilder.DropIndex(
                name: "IX_WebhookEvents_ObjectId",
                table: "WebhookEvents");

            migrationBuilder.DropIndex(
                name: "IX_WebhookEvents_PaymentIntentId",
                table: "WebhookEvents");

            migrationBuilder.DropIndex(
                name: "IX_WebhookEvents_ReceivedAt",
                table: "WebhookEvents");

            migrationBuilder.DropIndex(
                name: "IX_WebhookEvents_State_ReceivedAt",
                table: "WebhookEvents");

            migrationBuilder.DropIndex(
                name: "IX_Subscriptions_EndedAt",
                table: "Subscriptions");

            migrationBuilder.DropIndex(
                name: "IX_Readers_GatewayCustomerId",
                table: "Readers");

            migrationBuilder.DropIndex(
                name: "IX_PaymentMethods_Fingerprint",
                table: "PaymentMethods");

            migrationBuilder.DropIndex(
                name: "IX_PaymentAttempts_ChargeId",
                table: "PaymentAttempts");

            migrationBuilder.DropIndex(
                name: "IX_PaymentAttempts_PaymentIntentId",
                table: "PaymentAttempts");

            migrationBuilder.DropIndex(
                name: "IX_PaymentAttempts_SettledAt",
                table: "PaymentAttempts");

            migrationBuilder.DropIndex(
                name: "IX_PaymentAttempts_StartedAt",
                table: "PaymentAttempts");

            migrationBuilder.DropIndex(
                name: "IX_Mails_LastTriedAt",
                table: "Mails");

            migrationBuilder.DropIndex(
                name: "IX_Invoices_OneReplacement",
                table: "Invoices");

            migrationBuilder.DropIndex(
                name: "IX_Events_At",
                table: "Events");

            migrationBuilder.DropColumn(
                name: "CustomerId",
                table: "WebhookEvents");

            migrationBuilder.DropColumn(
                name: "LastError",
                table: "WebhookEvents");

            migrationBuilder.DropColumn(
                name: "ObjectId",
                table: "WebhookEvents");

            migrationBuilder.DropColumn(
                name: "OccurredAt",
                table: "WebhookEvents");

            migrationBuilder.DropColumn(
                name: "PaymentIntentId",
                table: "WebhookEvents");

            migrationBuilder.DropColumn(
                name: "ReceivedAtWall",
                table: "WebhookEvents");

            migrationBuilder.DropColumn(
                name: "ReplayedAt",
                table: "WebhookEvents");

            migrationBuilder.DropColumn(
                name: "ReplayedBy",
                table: "WebhookEvents");

            migrationBuilder.DropColumn(
                name: "State",
                table: "WebhookEvents");

            migrationBuilder.DropColumn(
                name: "Tries",
                table: "WebhookEvents");

            migrationBuilder.DropColumn(
                name: "WasMissed",
                table: "WebhookEvents");

            migrationBuilder.DropColumn(
                name: "AddressBouncedAt",
                table: "Readers");

            migrationBuilder.DropColumn(
                name: "ComplainedAt",
                table: "Readers");

            migrationBuilder.DropColumn(
                name: "GatewayDefaultMethodId",
                table: "Readers");

            migrationBuilder.DropColumn(
                name: "CardSince",
                table: "PaymentMethods");

            migrationBuilder.DropColumn(
                name: "DetachedAt",
                table: "PaymentMethods");

            migrationBuilder.DropColumn(
                name: "Amount",
                table: "PaymentAttempts");

            migrationBuilder.DropColumn(
                name: "FormerCard",
                table: "PaymentAttempts");

            migrationBuilder.DropColumn(
                name: "Feedback",
                table: "Mails");

            migrationBuilder.DropColumn(
                name: "FeedbackAt",
                table: "Mails");

            migrationBuilder.DropColumn(
                name: "FeedbackCode",
                table: "Mails");

            migrationBuilder.DropColumn(
                name: "LastTriedAt",
                table: "Mails");

            migrationBuilder.DropColumn(
                name: "RefundNumber",
                table: "Mails");

            migrationBuilder.DropColumn(
                name: "CarriedOver",
                table: "Invoices");

            migrationBuilder.DropColumn(
                name: "Contest",
                table: "Invoices");

            migrationBuilder.DropColumn(
                name: "CreditUsed",
                table: "Invoices");

            migrationBuilder.DropColumn(
                name: "PaymentIntentAmount",
                table: "Invoices");

            migrationBuilder.DropColumn(
                name: "Replaces",
                table: "Invoices");

            migrationBuilder.DropColumn(
                name: "Reversed",
                table: "Invoices");

            migrationBuilder.DropColumn(
                name: "ReversedAt",
                table: "Invoices");

            migrationBuilder.DropColumn(
                name: "Withdrawn",
                table: "Invoices");

            migrationBuilder.AddColumn<long>(
                name: "RefundDue",
                table: "Invoices",
                type: "bigint",
                nullable: true);
        }
    }
}
