using FluentValidation;
using Microsoft.AspNetCore.Identity;
using Microsoft.EntityFrameworkCore;
using Subscriptions.Data;
using Subscriptions.Data.Rows;
using Subscriptions.Domain;

namespace Subscriptions.Server.Features.Accounts;

/// <summary>How creating a member of staff ended.</summary>
public abstract record CreatedStaff
{
    /// <summary>The account exists now.</summary>
    public sealed record Created(string AccountId) : CreatedStaff;

    /// <summary>Somebody has that address, or something is wrong with what was given.</summary>
    public sealed record Refused(Refusal Refusal) : CreatedStaff;
}

/// <summary>A sign-in for a member of staff. The same address may belong to a reader: the two accounts have nothing in common.</summary>
public sealed class CreateStaff(IDbContextFactory<SubscriptionsDb> databases, DatabaseProvider provider, IPasswordHasher<Account> hasher)
{
    /// <summary>Longest address, in characters: the account's name has room for 256, "staff/" included.</summary>
    public const int EmailLength = 250;

    private readonly Rules rules = new();

    /// <summary>The name under which a member of staff's account is kept.</summary>
    public static string UserName(string email) => $"staff/{AccountRules.CleanEmail(email)}";

    /// <summary>Creates a member of staff.</summary>
    /// <param name="email">The address to sign in with.</param>
    /// <param name="password">The password.</param>
    /// <param name="role">One of <see cref="StaffRoles"/>.</param>
    public async Task<CreatedStaff> RunAsync(string email, string password, string role)
    {
        var wanted = new NewStaff(AccountRules.CleanEmail(email), password, role);
        if (rules.Validate(wanted) is { IsValid: false } found)
        {
            return new CreatedStaff.Refused(new Refusal("staff-invalid", found.Errors[0].ErrorMessage));
        }

        await using var db = await databases.CreateDbContextAsync();
        var account = new Account
        {
            Id = Secrets.NewId("acc"),
            UserName = UserName(wanted.Email),
            NormalizedUserName = UserName(wanted.Email).ToUpperInvariant(),
            Email = wanted.Email,
            NormalizedEmail = AccountRules.NormalizeEmail(wanted.Email),
            SecurityStamp = Secrets.NewToken(),
            LockoutEnabled = true,
            StaffRole = role,
        };
        account.PasswordHash = hasher.HashPassword(account, password);
        db.Users.Add(account);
        try
        {
            await db.SaveChangesAsync();
        }
        catch (DbUpdateException lost) when (provider.IsUniqueViolation(lost))
        {
            return new CreatedStaff.Refused(CreateReader.EmailTaken);
        }

        return new CreatedStaff.Created(account.Id);
    }

    private sealed record NewStaff(string Email, string Password, string Role);

    private sealed class Rules : AbstractValidator<NewStaff>
    {
        public Rules()
        {
            RuleFor(s => s.Email).MustBeEmail().MaximumLength(EmailLength);
            RuleFor(s => s.Password).MustBePassword();
            RuleFor(s => s.Role).Must(role => role is StaffRoles.Support or StaffRoles.Admin).WithMessage("The role is Support or Admin.");
        }
    }
}
