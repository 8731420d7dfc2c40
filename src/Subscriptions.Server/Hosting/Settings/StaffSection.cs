using FluentValidation;
using Subscriptions.Server.Features.Accounts;

namespace Subscriptions.Server.Hosting.Settings;

/// <summary>The first member of staff, made when there is none. A class, not a record, so that printing it can never print the password.</summary>
public sealed class FirstStaffSettings
{
    /// <summary>The address to sign in with.</summary>
    public required string Email { get; init; }

    /// <summary>The password to sign in with.</summary>
    public required string Password { get; init; }
}

/// <summary>Reads <c>Staff:First</c>. Without it nobody is made. No message repeats the password.</summary>
internal static class StaffSection
{
    private const int ShortestPassword = 12;

    private static readonly Rules _rules = new();

    public static FirstStaffSettings? Read(SettingsReader read)
    {
        var email = read.Optional("Staff:First:Email");
        var password = read.Optional("Staff:First:Password");
        if (email is null && password is null)
        {
            return null;
        }

        var first = new FirstStaffSettings { Email = email ?? "", Password = password ?? "" };
        var wrong = _rules.Validate(first).Errors.Select(error => error.PropertyName).ToHashSet(StringComparer.Ordinal);
        if (wrong.Contains(nameof(first.Email)))
        {
            read.Fail("Staff:First:Email",
                $"is {(email is null ? "missing" : SettingsReader.Shown(email))}. Write the address, of at most {CreateStaff.EmailLength} characters, with which the first member of staff signs in at /support.");
        }

        if (wrong.Contains(nameof(first.Password)))
        {
            read.Fail("Staff:First:Password",
                $"is {(password is null ? "missing" : "too short or too long")}. Write {ShortestPassword} to {AccountRules.PasswordMaxLength} characters; pass them as the environment variable Staff__First__Password rather than in a file.");
        }

        return first;
    }

    // What is refused here would otherwise be refused after the start, when nobody looks any more.
    private sealed class Rules : AbstractValidator<FirstStaffSettings>
    {
        public Rules()
        {
            RuleFor(first => first.Email).MustBeEmail().MaximumLength(CreateStaff.EmailLength);
            RuleFor(first => first.Password).MustBePassword().MinimumLength(ShortestPassword);
        }
    }
}
