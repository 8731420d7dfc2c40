using FluentValidation;
using Microsoft.AspNetCore.Identity;
using Microsoft.EntityFrameworkCore;
using Subscriptions.Data;
using Subscriptions.Data.Rows;
using Subscriptions.Domain;
using Subscriptions.Server.Hosting;

namespace Subscriptions.Server.Features.Accounts;

/// <summary>How creating a reader ended.</summary>
public abstract record CreatedReader
{
    /// <summary>The reader exists now.</summary>
    public sealed record Created(ReaderId Id) : CreatedReader;

    /// <summary>Somebody has that address.</summary>
    public sealed record Refused(Refusal Refusal) : CreatedReader;

    /// <summary>Something is wrong with what was given; property names are those of <see cref="NewReader"/>.</summary>
    public sealed record Invalid(IReadOnlyList<(string Property, string Message)> Problems) : CreatedReader;
}

/// <summary>Who is to be created.</summary>
/// <param name="Email">The address; also what she signs in with.</param>
/// <param name="Name">As she gives it.</param>
/// <param name="Password">Null when she shall choose one by mail.</param>
public sealed record NewReader(string Email, string Name, string? Password);

/// <summary>A person and her sign-in, saved together or not at all.</summary>
public sealed class CreateReader(
    IDbContextFactory<SubscriptionsDb> databases, DatabaseProvider provider, BillingClock clock, IPasswordHasher<Account> hasher)
{
    /// <summary>The address is taken.</summary>
    public static Refusal EmailTaken { get; } = new("email-taken", "There is already an account with this e-mail address.");

    private readonly Rules rules = new();

    /// <summary>Creates a reader.</summary>
    public async Task<CreatedReader> RunAsync(string email, string name, string? password)
    {
        var wanted = new NewReader(AccountRules.CleanEmail(email), name.Trim(), password);
        if (rules.Validate(wanted) is { IsValid: false } found)
        {
            return new CreatedReader.Invalid([.. found.Errors.Select(e => (e.PropertyName, e.ErrorMessage))]);
        }

        await using var db = await databases.CreateDbContextAsync();
        var normalized = AccountRules.NormalizeEmail(wanted.Email);
        if (await db.Readers.AnyAsync(r => r.NormalizedEmail == normalized))
        {
            return new CreatedReader.Refused(EmailTaken);
        }

        var reader = new ReaderRow
        {
            Id = new ReaderId(Secrets.NewId("rdr")),
            Email = wanted.Email,
            NormalizedEmail = normalized,
            Name = wanted.Name,
            CreatedAt = clock.Now,
        };
        db.Readers.Add(reader);
        db.Users.Add(NewAccount(wanted, reader));
        try
        {
            await db.SaveChangesAsync();
        }
        catch (DbUpdateException lost) when (provider.IsUniqueViolation(lost))
        {
            return new CreatedReader.Refused(EmailTaken);
        }

        return new CreatedReader.Created(reader.Id);
    }

    private Account NewAccount(NewReader wanted, ReaderRow reader)
    {
        var account = new Account
        {
            Id = Secrets.NewId("acc"),
            UserName = wanted.Email,
            NormalizedUserName = reader.NormalizedEmail,
            Email = wanted.Email,
            NormalizedEmail = reader.NormalizedEmail,
            SecurityStamp = Secrets.NewToken(),
            LockoutEnabled = true,
            ReaderId = reader.Id,
        };
        account.PasswordHash = wanted.Password is { } password ? hasher.HashPassword(account, password) : null;
        return account;
    }

    private sealed class Rules : AbstractValidator<NewReader>
    {
        public Rules()
        {
            RuleFor(r => r.Email).MustBeEmail();
            RuleFor(r => r.Name).MustBeName();
            RuleFor(r => r.Password!).MustBePassword().When(r => r.Password is not null);
        }
    }
}
