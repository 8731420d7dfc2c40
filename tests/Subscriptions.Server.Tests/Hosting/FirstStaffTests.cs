using Microsoft.EntityFrameworkCore;
using NUnit.Framework;
using Subscriptions.Server.Features.Accounts;
using Subscriptions.Server.Tests.Features;

namespace Subscriptions.Server.Tests.Hosting;

[TestFixture]
internal sealed class FirstStaffTests
{
    [Test]
    public async Task The_first_member_of_staff_comes_from_settings_and_only_the_first()
    {
        await using var service = await RunningService.StartAsync("--Staff:First:Email=head@courier.example", "--Staff:First:Password=a-long-first-password");
        await using var db = service.OpenDatabase();
        var staff = await db.Users.SingleAsync(account => account.StaffRole != null);
        Assert.That((staff.Email, staff.StaffRole), Is.EqualTo(("head@courier.example", StaffRoles.Admin)));
    }
}
