"""Addresses of sign-in, accounts and staff administration."""

from django.urls import path

from gonghui.people import admin_views, staff_views, worker_views

app_name = "people"
urlpatterns = [
    path("staff/sign-in/", staff_views.sign_in, name="sign_in"),
    path("staff/second-factor/", staff_views.second_factor, name="second_factor"),
    path("staff/enrol/", staff_views.enrol, name="enrol"),
    path("staff/backup-codes/", staff_views.backup_codes, name="backup_codes"),
    path("sign-out/", staff_views.sign_out, name="sign_out"),
    path("password/", staff_views.password, name="password"),
    path("sessions/", staff_views.sessions, name="sessions"),
    path("sign-in/", worker_views.sign_in, name="worker_sign_in"),
    path("sign-in/code/", worker_views.code, name="worker_code"),
    path("profile/", worker_views.profile, name="profile"),
    path("profile/data.json", worker_views.own_data, name="own_data"),
    path("profile/withdraw/", worker_views.withdraw, name="withdraw_consent"),
    path("profile/erase/", worker_views.erase, name="erase"),
    path("admin/", admin_views.index, name="staff"),
    path("admin/new/", admin_views.new, name="staff_new"),
    path("admin/<int:account_id>/", admin_views.account, name="staff_account"),
    path("admin/<int:account_id>/duties/<int:duty_id>/revoke/", admin_views.revoke, name="staff_revoke"),
]
