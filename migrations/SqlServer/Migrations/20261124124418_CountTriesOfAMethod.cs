using Microsoft.EntityFrameworkCore.Migrations;

#nullable disable

namespace Subscriptions.Migrations.SqlServer.Migrations
{
    /// <inheritdoc />
    public partial class CountTriesOfAMethod : Migration
    {
        /// <inheritdoc />
        protected override void Up(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.CreateIndex(
                name: "IX_PaymentAttempts_PaymentMethodId_StartedAt",
                table: "PaymentAttempts",
                columns: new[] { "PaymentMethodId", "StartedAt" });
        }

        /// <inheritdoc />
        protected override void Down(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.DropIndex(
                name: "IX_PaymentAttempts_PaymentMethodId_StartedAt",
                table: "PaymentAttempts");
        }
    }
}
